package servicebus

import (
	"bytes"
	"errors"

	"azureml-dsr/test/emulator/servicebus/queue"
	"azureml-dsr/test/emulator/servicebus/wire"
)

// remember notes a delivery that the client is to settle, and forgets the
// oldest if there are too many.
func (s *session) remember(id uint32, u unsettled) {
	for len(s.unsettled) >= maxUnsettled || !s.c.held.take(unsettledCost) {
		if len(s.unsettled) == 0 {
			s.oldest = id + 1
			return // settling it will be a lost lock
		}
		s.forget(s.oldest)
		s.oldest++
	}
	s.unsettled[id] = u
}

func (s *session) forget(id uint32) {
	if _, ok := s.unsettled[id]; ok {
		delete(s.unsettled, id)
		s.c.held.release(unsettledCost)
	}
}

// disposition settles deliveries as the client asks and answers each: settled
// with the outcome, or rejected with an error.
func (s *session) disposition(p *wire.Disposition) error {
	if p.Role == wire.RoleSender {
		return nil // the client settles what it sent; nothing depends on it
	}

	last := p.First
	if p.Last != nil {
		last = *p.Last
	}
	if last-p.First >= maxUnsettled {
		return sessionFault(condNotAllowed, "the disposition's range is too wide")
	}
	outcome, err := wire.ParseOutcome(p.State)
	if err != nil && !p.State.IsNull() {
		return sessionFault(condDecode, "the delivery state can't be understood")
	}

	for id := p.First; ; id++ {
		s.settle(id, outcome, p)
		if id == last {
			return nil
		}
	}
}

// settle ends one delivery. One that is unknown because it is too old is
// answered as lost; any other unknown one belongs to a link that is gone, and
// an answer would end the client's session.
func (s *session) settle(id uint32, outcome wire.Outcome, p *wire.Disposition) {
	u, ok := s.unsettled[id]
	var refusal *wire.Error
	switch {
	case ok:
		t := s.c.trouble(Settling, u.link.at)
		switch {
		case t.drop:
			return
		case t.busy:
			refusal = busy()
		default:
			refusal = conclude(u, outcome)
		}

		if t.lose {
			s.c.drop()
		}

	case id-s.oldest < 1<<31:
		return
	default:
		refusal = fault(condLockLost, textLockLost)
	}

	if refusal == nil || refusal.Condition != condServerBusy { // which may be tried again
		s.forget(id)
	}

	if p.Settled {
		return
	}

	state := p.State

	if refusal != nil {
		state = wire.Rejected(refusal)
	} else if outcome.Code == wire.CodeRejected {
		state = wire.Rejected(nil) // an error here would say that it failed
	}

	s.send(&wire.Disposition{
		Role:    wire.RoleSender,
		First:   id,
		Last:    &id,
		Settled: true,
		State:   state,
	}, nil)
}

// conclude carries an outcome out (part 3, 3.4, as Service Bus reads it).
func conclude(u unsettled, outcome wire.Outcome) *wire.Error {
	var err error
	switch outcome.Code {
	case wire.CodeAccepted:
		err = u.queue.Settle(queue.Complete, nil, u.token)
	case wire.CodeReleased:
		err = u.queue.Settle(queue.Release, nil, u.token)
	case wire.CodeModified:
		end := queue.Abandon
		if outcome.UndeliverableHere {
			end = queue.Defer
		}
		err = u.queue.Settle(end, additions(outcome.Annotations), u.token)

	case wire.CodeRejected:
		var why []queue.Property
		if outcome.Error != nil {
			why = additions(outcome.Error.Info)
		}
		err = u.queue.Settle(queue.DeadLetter, why, u.token)

	case wire.CodeTransactional:
		return fault(condNotImplemented, "transactions are not implemented")
	default:
		return fault(condNotAllowed, "the delivery state settles nothing")
	}
	return settleFault(err)
}

func settleFault(err error) *wire.Error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, queue.ErrDeadAlready):
		return fault(condNotAllowed, "A message of a dead-letter queue can't be dead-lettered.")
	default:
		return fault(condLockLost, textLockLost)
	}
}

// additions are what a settlement adds to the application properties, in memory
// of their own.
func additions(m wire.Map) []queue.Property {
	var add []queue.Property
	for _, e := range m {
		if name, err := e.Key.Text(); err == nil {
			add = append(add, queue.Property{Name: name, Value: wire.Raw(bytes.Clone(e.Value))})
		}
	}
	return add
}
