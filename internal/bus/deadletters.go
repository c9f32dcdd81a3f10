package bus

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/dsr"
)

// Properties that Service Bus adds to a message when it is dead-lettered.
const (
	propDeadLetterReason      = "DeadLetterReason"
	propDeadLetterDescription = "DeadLetterErrorDescription"
)

const (
	// drainWait is how long an empty queue is waited for while draining it.
	drainWait = 2 * time.Second
	// drainMost bounds one draining.
	drainMost = 10_000
	// receiveBatch is how many dead letters are locked at once.
	receiveBatch = 100
)

// lookEnd bounds giving back what was locked only to get past it. What is not
// given back in time comes back by itself when its lock ends.
const lookEnd = 10 * time.Second

// DeadMessage is a dead letter with its application properties.
type DeadMessage struct {
	dsr.DeadLetter
	Properties map[string]any
}

// Dead returns the messages of a queue's dead-letter queue by sequence number,
// locking none. It ends after the first error.
func (b *Bus) Dead(ctx context.Context, queue string) iter.Seq2[DeadMessage, error] {
	return func(yield func(DeadMessage, error) bool) {
		more := true
		_, _, err := b.browse(ctx, DeadLetter(queue), 0, toTheEnd, func(m *azservicebus.ReceivedMessage) bool {
			more = yield(DeadMessage{deadLetter(queue, m), m.ApplicationProperties}, nil)
			return more
		})
		if err != nil && more {
			yield(DeadMessage{}, err)
		}
	}
}

func deadLetter(queue string, m *azservicebus.ReceivedMessage) dsr.DeadLetter {
	return dsr.DeadLetter{
		Queue:          queue,
		Body:           bodyOf(m),
		MessageID:      m.MessageID,
		SequenceNumber: value(m.SequenceNumber),
		Deliveries:     int(m.DeliveryCount),
		EnqueuedTime:   value(m.EnqueuedTime),
		Reason:         value(m.DeadLetterReason),
		Description:    value(m.DeadLetterErrorDescription),
	}
}

// value returns what p points to, or zero.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// Resubmit sends dead letters of a queue to that queue again, each as a new
// message with the same id, body and properties but those of its death, marked as
// one that was sent before, and then removes the dead one. It tells which it has done: one that another
// process has locked, or that is gone, is left out. In a queue with duplicate
// detection a message that was sent just before is swallowed. A body that is an
// AMQP value is sent as bytes, which the functions can read.
func (b *Bus) Resubmit(ctx context.Context, queue string, numbers []int64) (done []int64, err error) {
	return b.takeDead(ctx, queue, numbered(numbers), len(numbers), func(dead *azservicebus.ReceivedMessage) error {
		m := dead.Message()
		m.Body = bodyOf(dead)
		m.ScheduledEnqueueTime, m.TimeToLive = nil, nil // those times are over
		m.ApplicationProperties = maps.Clone(m.ApplicationProperties)
		if m.ApplicationProperties == nil {
			m.ApplicationProperties = map[string]any{}
		}

		delete(m.ApplicationProperties, propDeadLetterReason)
		delete(m.ApplicationProperties, propDeadLetterDescription)
		m.ApplicationProperties[dsr.PropAgain] = true // it was delivered before: its task may be done
		return b.sender(queue).use(ctx, "sending to", func(s *azservicebus.Sender) error { return s.SendMessage(ctx, m, nil) })
	})
}

// Purge removes dead letters of a queue for good, and tells which it has: one
// that another process has locked, or that is gone, is left out.
func (b *Bus) Purge(ctx context.Context, queue string, numbers []int64) (done []int64, err error) {
	return b.takeDead(ctx, queue, numbered(numbers), len(numbers), func(*azservicebus.ReceivedMessage) error { return nil })
}

func numbered(numbers []int64) func(*azservicebus.ReceivedMessage) bool {
	return func(m *azservicebus.ReceivedMessage) bool { return slices.Contains(numbers, value(m.SequenceNumber)) }
}

// Drain hands over each dead letter of a queue and removes it when that went
// well. It tells how many it has removed.
func (b *Bus) Drain(ctx context.Context, queue string, take func(context.Context, dsr.DeadLetter) error) (int, error) {
	all := func(*azservicebus.ReceivedMessage) bool { return true }
	return b.drain(ctx, queue, all, drainMost, take)
}

// DrainUnbound does so with those that the Functions host can't hand to a
// function. In a dead-letter queue, where no delivery is the last, the host would
// try them for ever.
func (b *Bus) DrainUnbound(ctx context.Context, queue string, take func(context.Context, dsr.DeadLetter) error) (int, error) {
	unbound := func(m *azservicebus.ReceivedMessage) bool { return !bound(m) }
	n := 0
	_, _, err := b.browse(ctx, DeadLetter(queue), 0, toTheEnd, func(m *azservicebus.ReceivedMessage) bool {
		if unbound(m) {
			n++
		}
		return true
	})
	if err != nil || n == 0 {
		return 0, err // nothing is locked that is not for us
	}
	return b.drain(ctx, queue, unbound, n, take)
}

func (b *Bus) drain(ctx context.Context, queue string, wanted func(*azservicebus.ReceivedMessage) bool, most int, take func(context.Context, dsr.DeadLetter) error) (int, error) {
	done, err := b.takeDead(ctx, queue, wanted, most, func(m *azservicebus.ReceivedMessage) error {
		return take(ctx, deadLetter(queue, m))
	})
	return len(done), err
}

// takeDead finds up to so many dead letters that are wanted, does something with
// each and then completes it. Service Bus gives no active message by its number:
// they are received in their order under locks until all are found, and what came
// along is given back. In a dead-letter queue that counts as no delivery.
func (b *Bus) takeDead(ctx context.Context, queue string, wanted func(*azservicebus.ReceivedMessage) bool, most int, act func(*azservicebus.ReceivedMessage) error) (done []int64, err error) {
	r, err := b.newReceiver(DeadLetter(queue))
	if err != nil {
		return nil, classify(ctx, "receiving from", DeadLetter(queue), err)
	}

	held := map[int64][16]byte{} // lock tokens
	defer func() { err = errors.Join(err, b.giveBack(ctx, queue, r, held)) }()

	for received := 0; len(done) < most && received < drainMost; {
		messages, err := receiveSome(ctx, r)
		if err != nil {
			return done, classify(ctx, "receiving from", DeadLetter(queue), err)
		}
		if len(messages) == 0 {
			return done, nil
		}

		received += len(messages)

		for _, m := range messages {
			held[value(m.SequenceNumber)] = m.LockToken
		}

		for _, m := range messages {
			if !wanted(m) {
				continue
			}
			if err := act(m); err != nil {
				return done, err
			}
			if err := r.CompleteMessage(ctx, m, nil); err != nil {
				return done, classify(ctx, "completing a message of", DeadLetter(queue), err)
			}

			delete(held, value(m.SequenceNumber))
			done = append(done, value(m.SequenceNumber))
		}
	}

	return done, nil
}

// receiveSome receives what is there; nothing when nothing comes for a while.
func receiveSome(ctx context.Context, r *azservicebus.Receiver) ([]*azservicebus.ReceivedMessage, error) {
	wait, cancel := context.WithTimeout(ctx, drainWait)
	defer cancel()
	messages, err := r.ReceiveMessages(wait, receiveBatch, nil)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = nil
	}
	return messages, err
}

// giveBack closes the receiver and then abandons what is still locked, on
// another link: the receiver's own would take it again.
func (b *Bus) giveBack(ctx context.Context, queue string, r *azservicebus.Receiver, held map[int64][16]byte) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookEnd)
	defer cancel()
	err := r.Close(ctx)
	for _, token := range held {
		if b.abandon(ctx, DeadLetter(queue), token) != nil {
			break // the locks end by themselves
		}
	}
	return err
}
