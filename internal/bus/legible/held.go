package legible

import "slices"

// held are the frames of messages that are not whole yet, with what came between them. The
// order of frames never changes.
type held struct {
	frames []*frame
	size   int
	open   map[link][]*frame // the frames of each message that is not whole
}

// link names a link of a connection.
type link struct {
	channel uint16
	handle  uint64
}

// frame takes a frame and returns those that may be passed on.
func (h *held) frame(raw []byte) []byte {
	f := parseFrame(raw)
	switch {
	case f.ends:
		return append(h.giveUp(), raw...)
	case f.transfer:
		h.add(f)
	case len(h.open) == 0:
		return raw
	default:
		h.keep(f)
	}

	if len(h.open) > 0 && h.size <= maxHeld {
		return nil
	}
	return h.giveUp()
}

// add adds a frame of a message. The last one makes the message whole.
func (h *held) add(f *frame) {
	if h.open == nil {
		h.open = map[link][]*frame{}
	}
	h.keep(f)
	h.open[f.link] = append(h.open[f.link], f)
	if f.more && !f.aborted {
		return
	}

	if !f.aborted {
		rewrite(h.open[f.link])
	}
	delete(h.open, f.link)
}

func (h *held) keep(f *frame) {
	f.raw = slices.Clone(f.raw)
	h.frames = append(h.frames, f)
	h.size += len(f.raw)
}

// giveUp returns all frames that are held. Of a message that is not whole the rest will
// pass as it is.
func (h *held) giveUp() []byte {
	var out []byte
	for _, f := range h.frames {
		out = append(out, f.raw...)
	}
	*h = held{}
	return out
}

// rewrite makes the message in some frames decodable.
func rewrite(parts []*frame) {
	if len(parts) == 1 {
		makeDecodable(parts[0].payload())
		return
	}

	var whole []byte
	for _, f := range parts {
		whole = append(whole, f.payload()...)
	}
	makeDecodable(whole)
	for _, f := range parts {
		whole = whole[copy(f.payload(), whole):]
	}
}
