package servicebus

import (
	"errors"
	"log/slog"

	"azureml-dsr/test/emulator/servicebus/queue"
	"azureml-dsr/test/emulator/servicebus/wire"
)

const (
	// sessionWindow is how many transfer frames a session takes before it grants
	// the client more.
	sessionWindow = 5000
	// maxHandle is the highest handle: 256 links a session.
	maxHandle = 255
	// maxUnsettled bounds how many deliveries of a session are remembered.
	// Settling an older one is answered as a lost lock.
	maxUnsettled = 20000
)

// session is a session of a connection. Channel and handles are the client's
// own numbers, in both directions.
type session struct {
	c       *conn
	channel uint16
	links   map[uint32]link
	ended   bool // we sent end; what comes until the client's end is ignored

	nextIncoming uint32 // transfer number that the client sends next
	inWindow     uint32 // transfer frames that the client may still send
	nextOutgoing uint32 // transfer number that we send next
	outWindow    uint32 // transfer frames that we may still send

	nextDelivery uint32
	unsettled    map[uint32]unsettled // by delivery id
	oldest       uint32               // no id below is in unsettled
}

// unsettled is a delivery that the client has not settled.
type unsettled struct {
	link  *outbound
	queue *queue.Queue
	token queue.Token
}

func newSession(c *conn, channel uint16, p *wire.Begin) *session {
	return &session{
		c:            c,
		channel:      channel,
		links:        map[uint32]link{},
		nextIncoming: p.NextOutgoingID,
		inWindow:     sessionWindow,
		outWindow:    p.IncomingWindow,
		unsettled:    map[uint32]unsettled{},
	}
}

// handle does what a performative asks. A session's error ends the session
// only.
func (s *session) handle(p wire.Performative) error {
	if _, ok := p.(*wire.End); ok {
		s.end()
		return nil
	}
	if s.ended {
		return nil
	}

	err := s.dispatch(p)
	var se *sessionError
	if errors.As(err, &se) {
		s.c.log.Debug("session refused", slog.String("condition", string(se.cause.Condition)))
		s.close()
		s.ended = true
		s.send(&wire.End{Error: se.cause}, nil)
		return nil
	}

	return err
}

func (s *session) dispatch(p wire.Performative) error {
	switch p := p.(type) {
	case *wire.Attach:
		return s.attach(p)
	case *wire.Flow:
		return s.flow(p)
	case *wire.Transfer:
		return s.transfer(p)
	case *wire.Disposition:
		return s.disposition(p)
	case *wire.Detach:
		s.detach(p)
		return nil
	}
	return connFault(condNotAllowed, "a session has no use for this frame")
}

// end closes the session for good. Its locks stay.
func (s *session) end() {
	s.close()
	delete(s.c.sessions, s.channel)
	s.c.held.release(sessionCost)
	if !s.ended {
		s.send(&wire.End{}, nil)
	}
}

// close releases the links and sends nothing.
func (s *session) close() {
	for handle, l := range s.links {
		l.close()
		delete(s.links, handle)
		s.c.held.release(linkCost)
	}
	s.c.held.release(len(s.unsettled) * unsettledCost)
	clear(s.unsettled)
}

// transfer counts a transfer frame and hands it to its link.
func (s *session) transfer(p *wire.Transfer) error {
	if s.inWindow == 0 {
		return sessionFault(condWindow, "more transfers came than the window allows")
	}

	s.nextIncoming++
	s.inWindow--

	if s.inWindow < sessionWindow/2 {
		s.inWindow = sessionWindow
		s.sendFlow(&wire.Flow{})
	}

	l, ok := s.links[p.Handle]
	if !ok {
		return sessionFault(condUnattached, "no link has this handle")
	}

	return l.transfer(p)
}

// flow takes the client's windows and, with a handle, a link's credit.
func (s *session) flow(p *wire.Flow) error {
	var seen uint32 // our first transfer has number 0
	if p.NextIncomingID != nil {
		seen = *p.NextIncomingID
	}

	// Serial arithmetic (part 2, 2.5.6). A window that would be negative is none.
	window := seen + p.IncomingWindow - s.nextOutgoing
	if window > p.IncomingWindow {
		window = 0
	}

	reopened := s.outWindow == 0 && window > 0
	s.outWindow = window
	s.nextIncoming = p.NextOutgoingID

	if p.Handle != nil { // its credit first: it may have been taken back
		l, ok := s.links[*p.Handle]
		if !ok {
			return sessionFault(condUnattached, "no link has this handle")
		}
		l.flow(p)
	} else if p.Echo {
		s.sendFlow(&wire.Flow{})
	}

	if reopened {
		s.pump()
	}

	return nil
}

// pump sends what the links can send.
func (s *session) pump() {
	for _, l := range s.links {
		if o, ok := l.(*outbound); ok {
			o.pump()
		}
	}
}

// pumpWoken sends what the links can send that a queue has woken.
func (s *session) pumpWoken() {
	for _, l := range s.links {
		if o, ok := l.(*outbound); ok && o.woken.Swap(false) {
			o.pump()
		}
	}
}

// sendFlow sends a flow with the session's windows filled in.
func (s *session) sendFlow(p *wire.Flow) {
	p.NextIncomingID = &s.nextIncoming
	p.IncomingWindow = s.inWindow
	p.NextOutgoingID = s.nextOutgoing
	p.OutgoingWindow = sessionWindow
	s.send(p, nil)
}

func (s *session) send(p wire.Performative, payload []byte) {
	s.c.send(s.channel, p, payload)
}
