package legible

import "encoding/binary"

// Performatives, by their descriptors.
const (
	codeTransfer = 0x14
	codeDetach   = 0x16
	codeClose    = 0x18
)

// Places of a transfer's fields.
const (
	fieldHandle  = 0
	fieldMore    = 5
	fieldAborted = 9
)

// frame is an AMQP frame, of which only transfers matter.
type frame struct {
	raw      []byte
	begin    int  // of the payload
	ends     bool // it ends a link, a session or the connection
	transfer bool
	link     link
	more     bool
	aborted  bool
}

// payload returns the part of a message that is in the frame.
func (f *frame) payload() []byte { return f.raw[f.begin:] }

// parseFrame reads what matters of a frame. A frame that can't be read passes as it is.
func parseFrame(raw []byte) *frame {
	f := &frame{raw: raw, begin: len(raw)}
	body := 4 * int(raw[4])
	if string(raw[:4]) == "AMQP" || raw[5] != 0 || body < frameHeader || body >= len(raw) {
		return f // a header, SASL or an empty frame
	}

	code, list, ok := describedAt(raw, body)
	if !ok {
		return f
	}
	end, ok := valueEnd(raw, list)
	if !ok {
		return f
	}

	f.ends = code >= codeDetach && code <= codeClose
	if code != codeTransfer {
		return f
	}

	fields, ok := elements(raw[list:end])
	if !ok || len(fields) == 0 {
		return f
	}

	f.transfer, f.begin = true, end
	f.link = link{channel: binary.BigEndian.Uint16(raw[6:]), handle: number(fields[fieldHandle])}
	f.more = isTrue(fields, fieldMore)
	f.aborted = isTrue(fields, fieldAborted)

	return f
}

// isTrue reports whether a field is there and true.
func isTrue(fields [][]byte, at int) bool {
	if at >= len(fields) {
		return false
	}
	v := fields[at]
	return v[0] == 0x41 || (v[0] == 0x56 && v[1] == 1)
}
