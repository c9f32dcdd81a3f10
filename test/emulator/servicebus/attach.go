package servicebus

import "azureml-dsr/test/emulator/servicebus/wire"

// attach opens a link, or answers with an empty end and a detach that says why
// not (part 2, 2.6.3).
func (s *session) attach(p *wire.Attach) error {
	if p.Handle > maxHandle {
		return connFault(condFraming, "the handle is above handle-max")
	}
	if s.links[p.Handle] != nil {
		return sessionFault(condHandleInUse, "another link has this handle")
	}

	answer := &wire.Attach{
		Name:          p.Name,
		Handle:        p.Handle,
		Role:          !p.Role,
		SndSettleMode: p.SndSettleMode,
		RcvSettleMode: p.RcvSettleMode,
		Source:        p.Source,
		Target:        p.Target,
	}
	if !s.c.held.take(linkCost) {
		return connFault(condResourceLimit, "the connection has too many sessions and links")
	}

	var l link
	var refusal *wire.Error

	if p.Role == wire.RoleSender {
		l, refusal = s.attachInbound(p)
		answer.MaxMessageSize = uint64(s.c.srv.maxMessage)
		if refusal != nil {
			answer.Target = nil
		}
	} else {
		l, refusal = s.attachOutbound(p)
		answer.InitialDeliveryCount = new(uint32)
		if refusal != nil {
			answer.Source = nil
		}
	}

	s.send(answer, nil)
	if refusal != nil {
		s.links[p.Handle] = detachedLink{}
		s.expel(p.Handle, refusal)
		return nil
	}

	s.links[p.Handle] = l

	if in, ok := l.(*inbound); ok {
		in.grant()
	}

	return nil
}

// attachInbound finds what the client wants to send to.
func (s *session) attachInbound(p *wire.Attach) (link, *wire.Error) {
	target, err := wire.ParseTerminus(p.Target)
	switch {
	case err != nil:
		return nil, fault(condDecode, "the target can't be understood")
	case target.Coordinator:
		return nil, fault(condNotImplemented, "transactions are not implemented")
	case target.Dynamic:
		return nil, fault(condNotImplemented, "dynamic addresses are not implemented")
	}

	if len(p.Name) > maxName || len(target.Address) > maxName {
		return nil, nameTooLong()
	}

	at := parseAddress(target.Address)
	l := &inbound{s: s, handle: p.Handle, at: at}
	if at.cbs {
		if s.c.hasTokenLink(wire.RoleSender) {
			return nil, fault(condNotAllowed, "there is a sender to $cbs on this connection already")
		}
		l.sink = (&rpc{c: s.c, node: at, serve: s.c.putToken}).receive
		return l, nil
	}

	q := s.c.srv.find(at)
	switch {
	case q == nil:
		return nil, unknownEntity(at)
	case at.management:
		l.sink = (&rpc{c: s.c, node: at, serve: (&manager{queue: q, deadLetter: at.deadLetter}).serve}).receive
	case at.deadLetter:
		return nil, fault(condNotAllowed, "messages can't be sent to a dead-letter queue")
	default:
		l.sink = (&producer{c: s.c, at: at, queue: q}).receive
	}

	return l, nil
}

// attachOutbound finds what the client wants to receive from.
func (s *session) attachOutbound(p *wire.Attach) (link, *wire.Error) {
	source, err := wire.ParseTerminus(p.Source)
	target, targetErr := wire.ParseTerminus(p.Target)
	switch {
	case err != nil || targetErr != nil:
		return nil, fault(condDecode, "the source or target can't be understood")
	case source.Dynamic:
		return nil, fault(condNotImplemented, "dynamic addresses are not implemented")
	case source.Filter.Get("com.microsoft:session-filter") != nil:
		return nil, fault(condNotImplemented, "sessions are not implemented")
	}

	if len(p.Name) > maxName || len(source.Address) > maxName || len(target.Address) > maxName {
		return nil, nameTooLong()
	}

	at := parseAddress(source.Address)
	l := &outbound{s: s, handle: p.Handle, at: at}
	if at.cbs && s.c.hasTokenLink(wire.RoleReceiver) {
		return nil, fault(condNotAllowed, "there is a receiver from $cbs on this connection already")
	}

	q := s.c.srv.find(at)
	switch {
	case at.cbs:
		l.source = newMailbox(&s.c.held, p.Name, target.Address)
	case q == nil:
		return nil, unknownEntity(at)
	case at.management:
		l.source = newMailbox(&s.c.held, p.Name, target.Address)
	case q.Forwards():
		return nil, fault(condNotAllowed, "Cannot create a message receiver on an entity with auto-forwarding enabled.")
	default:
		l.source = newConsumer(q, p.Presettled(), l.notify)
	}

	return l, nil
}

// maxName is the longest name of a link or an address, in bytes.
const maxName = 1024

func nameTooLong() *wire.Error {
	return fault(condNotAllowed, "the link's name or address is longer than 1024 bytes")
}

func unknownEntity(at address) *wire.Error {
	return fault(condNotFound, "The messaging entity '"+at.queue+"' could not be found.")
}

// hasTokenLink reports whether the client has a link to $cbs in that role: one
// of each is allowed.
func (c *conn) hasTokenLink(role bool) bool {
	for _, s := range c.sessions {
		for _, l := range s.links {
			switch l := l.(type) {
			case *inbound:
				if role == wire.RoleSender && l.at.cbs {
					return true
				}
			case *outbound:
				if role == wire.RoleReceiver && l.at.cbs {
					return true
				}
			}
		}
	}
	return false
}
