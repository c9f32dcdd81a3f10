package servicebus

import (
	"sync/atomic"

	"azureml-dsr/test/emulator/servicebus/queue"
	"azureml-dsr/test/emulator/servicebus/wire"
)

// source is where an outbound link's messages come from.
type source interface {
	next() (outgoing, bool) // false if there is none now
	close()
}

// outgoing is a message on its way to the client.
type outgoing struct {
	tag     []byte
	payload []byte
	settled bool
	queue   *queue.Queue // of a queue's message, unsettled or not
	token   queue.Token  // its lock
	twice   bool         // a fault: the lock ends when it is sent
}

// outbound is a link on which the client receives.
type outbound struct {
	s      *session
	handle uint32
	at     address
	source source
	woken  atomic.Bool // the source may have something since the last pump

	count  uint32 // messages sent, the link's delivery count
	credit uint32 // messages that the client still takes
	drain  bool   // the client waits for its credit to be used or given up

	current *outgoing // of which frames are left to send
	begun   bool      // its first frame is sent
}

// notify is called by the queue, from any goroutine.
func (l *outbound) notify() {
	if !l.woken.Swap(true) {
		l.s.c.ping()
	}
}

func (l *outbound) transfer(*wire.Transfer) error {
	return sessionFault(condNotAllowed, "a transfer came on a link for receiving")
}

// flow takes the client's credit: what it has seen plus what it takes, less
// what was sent (part 2, 2.6.7).
func (l *outbound) flow(p *wire.Flow) {
	if p.LinkCredit != nil {
		var seen uint32
		if p.DeliveryCount != nil {
			seen = *p.DeliveryCount
		}

		credit := seen + *p.LinkCredit - l.count
		if credit > *p.LinkCredit {
			credit = 0
		}

		l.credit = credit
		l.drain = p.Drain
	}

	l.pump()

	if p.Echo {
		l.sendFlow(false)
	}
}

// pump sends while there are messages, credit and window, and ends a drain.
func (l *outbound) pump() {
	for {
		if l.current == nil {
			if l.credit == 0 {
				break
			}
			if l.s.outWindow == 0 {
				return // a message that can't be sent yet must not be locked
			}
			m, ok := l.source.next()
			if !ok {
				break
			}

			if m.queue != nil {
				t := l.s.c.trouble(Receiving, l.at)
				if t.drop {
					return
				}
				m.twice = t.twice
			}

			l.current = &m
		}

		if !l.sendFrames() {
			return // the window is used up; the next flow goes on
		}
	}

	if l.drain {
		l.drain = false
		l.count += l.credit
		l.credit = 0
		l.sendFlow(true)
	}
}

// transferOverhead is more than a transfer's frame takes beside its payload: a
// frame's header, a list's constructor and descriptor, five numbers and flags,
// and a tag of 16 bytes.
const transferOverhead = 64

// sendFrames sends what is left of the current message; false if the session's
// window closed before the end.
func (l *outbound) sendFrames() bool {
	m := l.current
	for {
		if l.s.outWindow == 0 {
			return false
		}

		p := &wire.Transfer{Handle: l.handle, Settled: m.settled}

		if !l.begun {
			l.begin(p, m)
		}

		piece := m.payload
		if room := l.s.c.frameLimit - transferOverhead; len(piece) > room {
			piece, p.More = piece[:room], true
		}

		m.payload = m.payload[len(piece):]
		l.s.nextOutgoing++
		l.s.outWindow--
		l.s.send(p, piece)
		if !p.More {
			break
		}
	}

	if m.twice {
		m.queue.Expire(m.token)
	}

	l.current, l.begun = nil, false

	if l.credit > 0 { // the client may have taken it back meanwhile
		l.credit--
	}

	l.count++

	return true
}

// begin fills in what the first frame of a delivery must carry.
func (l *outbound) begin(p *wire.Transfer, m *outgoing) {
	id := l.s.nextDelivery
	l.s.nextDelivery++
	l.begun = true
	p.DeliveryID, p.DeliveryTag, p.MessageFormat = &id, m.tag, new(uint32)
	if !m.settled {
		l.s.remember(id, unsettled{link: l, queue: m.queue, token: m.token})
	}
}

func (l *outbound) sendFlow(drained bool) {
	l.s.sendFlow(&wire.Flow{
		Handle:        &l.handle,
		DeliveryCount: &l.count,
		LinkCredit:    &l.credit,
		Drain:         drained,
	})
}

// close releases the link. What it had locked stays locked: a lock belongs to its
// token.
func (l *outbound) close() {
	l.source.close()
	for id, u := range l.s.unsettled {
		if u.link == l {
			l.s.forget(id)
		}
	}
}
