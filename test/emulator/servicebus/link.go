package servicebus

import (
	"log/slog"

	"azureml-dsr/test/emulator/servicebus/wire"
)

// link is our end of a link: an [inbound] one, on which the client sends, an
// [outbound] one, on which it receives, or a [detachedLink].
type link interface {
	transfer(*wire.Transfer) error
	flow(*wire.Flow)
	close() // releases everything and sends nothing
}

var (
	_ link = (*inbound)(nil)
	_ link = (*outbound)(nil)
	_ link = detachedLink{}
)

// detachedLink is a link that we have detached and that the client has not detached
// yet. What it still sends there is ignored.
type detachedLink struct{}

func (detachedLink) transfer(*wire.Transfer) error { return nil }
func (detachedLink) flow(*wire.Flow)               {}
func (detachedLink) close()                        {}

// detach closes a link that the client is done with. There is exactly one
// answer: a second detach would end the client's session.
func (s *session) detach(p *wire.Detach) {
	l, ok := s.links[p.Handle]
	if !ok {
		return
	}
	delete(s.links, p.Handle)
	s.c.held.release(linkCost)
	if _, ours := l.(detachedLink); ours {
		return
	}
	l.close()
	s.send(&wire.Detach{Handle: p.Handle, Closed: true}, nil)
}

// expel detaches a link because of an error.
func (s *session) expel(handle uint32, e *wire.Error) {
	s.c.log.Debug("link refused", slog.String("condition", string(e.Condition)))
	s.links[handle].close()
	s.links[handle] = detachedLink{}
	s.send(&wire.Detach{Handle: handle, Closed: true, Error: e}, nil)
}
