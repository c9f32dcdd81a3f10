package servicebus

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Fault makes the broker misbehave, for tests of what clients then do. Faults
// add up: every fault that fits an operation has its effect on it.
type Fault struct {
	// Queue is the name of a queue, or of its dead-letter queue
	// (NAME/$DeadLetterQueue); "" is any.
	Queue string
	// On is the operation that the fault strikes. Default: any that Do can spoil.
	On Operation
	// Do is what happens.
	Do Effect
	// For is how long [Delay] waits.
	For time.Duration
	// Skip lets this many fitting operations pass first.
	Skip int
	// Times is how many operations are spoilt at most; 0 is without end.
	Times int
}

// Operation is something that a client does or gets.
type Operation int

// The operations that a [Fault] can strike.
const (
	// AnyOperation is each of the following.
	AnyOperation Operation = iota
	// Sending is a message or a batch that a client sends.
	Sending
	// Receiving is a message on its way to a receiver, which has locked it or,
	// receiving and deleting, removed it already.
	Receiving
	// Settling is a delivery that a receiver settles on its link.
	Settling
	// Managing is a request to $management: to renew, peek, schedule, cancel,
	// receive deferred messages or settle by lock token.
	Managing
)

// Effect is what a [Fault] does.
type Effect int

// The effects of a [Fault].
const (
	// Drop cuts the connection and does nothing.
	Drop Effect = iota + 1
	// LoseAnswer does what was asked and then cuts the connection instead of
	// answering. A message to a receiver has no answer: use Drop.
	LoseAnswer
	// Busy refuses with com.microsoft:server-busy, which clients take as an
	// invitation to try again. Deliveries can't be refused.
	Busy
	// Full refuses with amqp:resource-limit-exceeded, as a queue that holds as
	// much as it may. Only what is sent can be refused so.
	Full
	// Detach refuses by detaching the link with amqp:unauthorized-access, as one
	// whose token has expired. Only what is sent can be refused so.
	Detach
	// Delay holds up the whole connection before the operation.
	Delay
	// DeliverTwice ends the lock of a message that is being delivered at once,
	// as if its time had come: it is delivered again, counted, while the first
	// receiver works on it.
	DeliverTwice
)

// spoils reports whether e can have an effect on op.
func (e Effect) spoils(op Operation) bool {
	switch e {
	case LoseAnswer, Busy:
		return op != Receiving
	case Full, Detach:
		return op == Sending
	case DeliverTwice:
		return op == Receiving
	}
	return true
}

// Injection is a fault that was injected.
type Injection struct {
	fault   Fault
	faults  *faults
	passed  int // that Skip let pass
	struck  int
	removed bool
}

// Struck returns how many operations the fault has spoilt.
func (i *Injection) Struck() int {
	i.faults.mu.Lock()
	defer i.faults.mu.Unlock()
	return i.struck
}

// Remove ends the fault.
func (i *Injection) Remove() {
	i.faults.mu.Lock()
	defer i.faults.mu.Unlock()
	i.removed = true
}

// Inject makes operations go wrong from now on.
func (s *Server) Inject(f Fault) *Injection {
	f.Queue = strings.ToLower(f.Queue)
	i := &Injection{fault: f, faults: &s.faults}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, i)
	s.faults.some.Store(true)
	return i
}

// faults are all that were injected into a broker.
type faults struct {
	some atomic.Bool // that there were any: the others pay no lock
	mu   sync.Mutex
	list []*Injection
}

// trouble is what the faults do to one operation.
type trouble struct {
	drop, lose, twice  bool
	busy, full, detach bool
	delay              time.Duration
}

// strike returns the trouble of one operation and counts it.
func (f *faults) strike(op Operation, at address) trouble {
	var t trouble
	if !f.some.Load() {
		return t
	}

	f.mu.Lock()
	defer f.mu.Unlock()

	for _, i := range f.list {
		if !i.fits(op, at) {
			continue
		}
		if i.passed < i.fault.Skip {
			i.passed++
			continue
		}

		i.struck++

		switch i.fault.Do {
		case Drop:
			t.drop = true
		case LoseAnswer:
			t.lose = true
		case Busy:
			t.busy = true
		case Full:
			t.full = true
		case Detach:
			t.detach = true
		case Delay:
			t.delay += i.fault.For
		case DeliverTwice:
			t.twice = true
		}
	}

	return t
}

func (i *Injection) fits(op Operation, at address) bool {
	f := &i.fault
	return !i.removed && (f.Times == 0 || i.struck < f.Times) &&
		(f.On == AnyOperation || f.On == op) && f.Do.spoils(op) &&
		(f.Queue == "" || f.Queue == at.entity())
}

// trouble finds the trouble of an operation, and has the connection suffer what
// of it comes first: the delay, and the cut.
func (c *conn) trouble(op Operation, at address) trouble {
	t := c.srv.faults.strike(op, at)
	if t.delay > 0 {
		timer := time.NewTimer(t.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.srv.done:
		}
	}

	if t.drop {
		c.drop()
	}

	return t
}
