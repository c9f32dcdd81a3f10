package servicebus

import (
	"fmt"

	"azureml-dsr/test/emulator/servicebus/wire"
)

const (
	// standardMessageSize is that of Azure's Standard tier, in bytes.
	standardMessageSize = 262144
	// inboundCredit is how many messages a client may send before it is told
	// that it may send more.
	inboundCredit = 1000
)

// inbound is a link on which the client sends.
type inbound struct {
	s      *session
	handle uint32
	at     address
	// sink takes a message, whose bytes are good during the call only; nil is
	// accepted.
	sink func(format uint32, message []byte) *wire.Error

	count  uint32 // messages that have come, the link's delivery count
	credit uint32 // messages that the client may still send

	partial []byte         // of a message whose end is still to come
	first   *wire.Transfer // its first frame; nil between messages
}

// grant grants the client new credit.
func (l *inbound) grant() {
	l.credit = inboundCredit
	l.sendFlow()
}

func (l *inbound) sendFlow() {
	l.s.sendFlow(&wire.Flow{Handle: &l.handle, DeliveryCount: &l.count, LinkCredit: &l.credit})
}

func (l *inbound) flow(p *wire.Flow) {
	if p.Echo {
		l.sendFlow()
	}
}

// transfer collects the frames of a message and delivers it when it is complete.
func (l *inbound) transfer(p *wire.Transfer) error {
	if l.first == nil {
		if p.DeliveryID == nil {
			return sessionFault(condNotAllowed, "a delivery begins without a delivery-id")
		}
		if l.credit == 0 {
			l.s.expel(l.handle, fault(condTransferLimit, "more messages came than the credit allows"))
			return nil
		}

		first := *p
		first.Payload = nil
		l.first = &first
	}

	if p.Aborted {
		l.reset()
		return nil
	}

	l.first.Settled = l.first.Settled || p.Settled
	if most := l.s.c.srv.maxMessage; len(l.partial)+len(p.Payload) > most {
		tooLarge := fault(condMessageSize, fmt.Sprintf("The message is larger than the %d bytes that are allowed.", most))
		l.answer(tooLarge) // the JavaScript client waits for it and doesn't see the detach
		l.s.expel(l.handle, tooLarge)
		return nil
	}
	if !p.More && l.partial == nil {
		l.deliver(p.Payload)
		return nil
	}
	if !l.s.c.held.take(len(p.Payload)) {
		return connFault(condResourceLimit, "too many messages are unfinished")
	}

	l.partial = append(l.partial, p.Payload...)

	if !p.More {
		l.deliver(l.partial)
	}

	return nil
}

// deliver passes a complete message to the sink and sends the client the outcome.
func (l *inbound) deliver(message []byte) {
	first := l.first
	l.count++
	l.credit--
	var format uint32

	if first.MessageFormat != nil {
		format = *first.MessageFormat
	}

	var refusal *wire.Error

	if len(first.State) > 0 {
		refusal = fault(condNotImplemented, "transactions are not implemented")
	} else {
		refusal = l.sink(format, message)
	}
	if refusal != nil && refusal.Condition == condUnauthorized {
		l.s.expel(l.handle, refusal) // without an answer: the link itself is refused
		return
	}

	l.answer(refusal)
	l.reset()

	if l.credit < inboundCredit/2 {
		l.grant()
	}
}

// answer sends the client the outcome of its message, which is accepted when
// refusal is nil.
func (l *inbound) answer(refusal *wire.Error) {
	if l.first.Settled {
		return // the client asked for no answer
	}
	state := wire.Accepted()
	if refusal != nil {
		state = wire.Rejected(refusal)
	}
	l.s.send(&wire.Disposition{
		Role:    wire.RoleReceiver,
		First:   *l.first.DeliveryID,
		Settled: true,
		State:   state,
	}, nil)
}

func (l *inbound) reset() {
	l.s.c.held.release(len(l.partial))
	l.partial, l.first = nil, nil
}

func (l *inbound) close() { l.reset() }
