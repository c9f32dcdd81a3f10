package bus

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/bus/legible"
	"azureml-dsr/internal/dsr"
)

// Properties that Service Bus adds to a message when it is dead-lettered.
const (
	propDeadLetterReason      = "DeadLetterReason"
	propDeadLetterDescription = "DeadLetterErrorDescription"
)

const (
	// drainWait is how long to wait for a message before a queue counts as empty.
	drainWait = 2 * time.Second
	// maxDrain bounds how many dead letters one call receives.
	maxDrain = 10_000
	// maxFailures is after how many dead letters that could not be taken one call ends: then
	// nothing can be taken.
	maxFailures = 20
	// receiveBatch is how many dead letters one receive asks for.
	receiveBatch = 100
)

// releaseTimeout bounds the abandoning of messages that were locked only to get past
// them. Any that are left become available when their locks expire.
const releaseTimeout = 10 * time.Second

// DeadMessage is a dead letter with its application properties.
type DeadMessage struct {
	dsr.DeadLetter
	Properties map[string]any
}

// Dead yields the messages of a queue's dead-letter queue by sequence number,
// without locking them. It ends after the first error.
func (b *Bus) Dead(ctx context.Context, queue string) iter.Seq2[DeadMessage, error] {
	return func(yield func(DeadMessage, error) bool) {
		wantsMore := true
		_, _, err := b.browse(ctx, DeadLetter(queue), 0, toTheEnd, func(m *azservicebus.ReceivedMessage) bool {
			wantsMore = yield(DeadMessage{deadLetter(queue, m), m.ApplicationProperties}, nil)
			return wantsMore
		})
		if err != nil && wantsMore {
			yield(DeadMessage{}, err)
		}
	}
}

// undecodable describes a message of which only the broker's own annotations could be
// decoded.
const undecodable = "a property or the body has a form that can't be decoded; park or purge it, and ask the sender for plain properties and a body of bytes"

func deadLetter(queue string, m *azservicebus.ReceivedMessage) dsr.DeadLetter {
	d := dsr.DeadLetter{
		Queue:          queue,
		Body:           bodyOf(m),
		MessageID:      m.MessageID,
		SequenceNumber: value(m.SequenceNumber),
		Deliveries:     int(m.DeliveryCount),
		EnqueuedTime:   value(m.EnqueuedTime),
		Reason:         value(m.DeadLetterReason),
		Description:    value(m.DeadLetterErrorDescription),
	}
	if legible.Replaced(d.Body) {
		d.Reason, d.Description = dsr.ReasonUndecodable, undecodable
	}
	return d
}

// value returns what p points to, or the zero value for nil.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// Resubmit sends dead letters of a queue to that queue again and then removes them.
// The new message has the same id, body and properties, without the dead-letter
// reason and with a mark that it was sent before. A body that is an AMQP value is
// sent as bytes, which the functions can read.
//
// done are the sequence numbers that were resubmitted. It leaves out messages that
// are gone or that another process has locked. A queue with duplicate detection drops
// the new message if the old one was sent a moment ago.
func (b *Bus) Resubmit(ctx context.Context, queue string, numbers []int64) (done []int64, err error) {
	return b.takeDead(ctx, queue, hasNumber(numbers), len(numbers), func(dead *azservicebus.ReceivedMessage) error {
		m := dead.Message()
		m.Body = bodyOf(dead)
		if legible.Replaced(m.Body) {
			return dsr.Errorf(dsr.Permanent, dsr.ReasonUndecodable, "dead letter %d can't be decoded, so it can't be sent again", value(dead.SequenceNumber))
		}
		m.ScheduledEnqueueTime, m.TimeToLive = nil, nil // both times have passed
		m.ApplicationProperties = maps.Clone(m.ApplicationProperties)
		if m.ApplicationProperties == nil {
			m.ApplicationProperties = map[string]any{}
		}

		delete(m.ApplicationProperties, propDeadLetterReason)
		delete(m.ApplicationProperties, propDeadLetterDescription)
		m.ApplicationProperties[dsr.PropAgain] = true // it was delivered before, so its task may be done
		return b.sender(queue).use(ctx, "sending to", func(s *azservicebus.Sender) error { return s.SendMessage(ctx, m, nil) })
	})
}

// Purge removes dead letters of a queue for good. done are the sequence numbers that
// were removed. It leaves out messages that are gone or that another process has
// locked.
func (b *Bus) Purge(ctx context.Context, queue string, numbers []int64) (done []int64, err error) {
	return b.takeDead(ctx, queue, hasNumber(numbers), len(numbers), func(*azservicebus.ReceivedMessage) error { return nil })
}

// Take passes dead letters of a queue to take, and removes each that was taken without an
// error. done are their sequence numbers, without those that are gone or locked.
func (b *Bus) Take(ctx context.Context, queue string, numbers []int64, take func(context.Context, dsr.DeadLetter) error) (done []int64, err error) {
	return b.takeDead(ctx, queue, hasNumber(numbers), len(numbers), func(m *azservicebus.ReceivedMessage) error {
		return take(ctx, deadLetter(queue, m))
	})
}

// hasNumber returns a filter for messages with one of the sequence numbers.
func hasNumber(numbers []int64) func(*azservicebus.ReceivedMessage) bool {
	return func(m *azservicebus.ReceivedMessage) bool { return slices.Contains(numbers, value(m.SequenceNumber)) }
}

// Drain passes each dead letter of a queue to take and removes it when take
// succeeds. It returns how many it has removed.
func (b *Bus) Drain(ctx context.Context, queue string, take func(context.Context, dsr.DeadLetter) error) (int, error) {
	all := func(*azservicebus.ReceivedMessage) bool { return true }
	return b.drain(ctx, queue, all, maxDrain, take)
}

// DrainUnbound is Drain for the dead letters that the Functions host cannot pass to a
// function. A dead-letter queue has no maximum delivery count, so the host would
// retry them for ever.
func (b *Bus) DrainUnbound(ctx context.Context, queue string, take func(context.Context, dsr.DeadLetter) error) (int, error) {
	return b.drainWhere(ctx, queue, func(m *azservicebus.ReceivedMessage) bool { return !hostCanBind(m) }, take)
}

// drainWhere is Drain for the wanted dead letters. It locks nothing where there are none.
func (b *Bus) drainWhere(ctx context.Context, queue string, wanted func(*azservicebus.ReceivedMessage) bool, take func(context.Context, dsr.DeadLetter) error) (int, error) {
	n := 0
	_, _, err := b.browse(ctx, DeadLetter(queue), 0, toTheEnd, func(m *azservicebus.ReceivedMessage) bool {
		if wanted(m) {
			n++
		}
		return true
	})
	if err != nil || n == 0 {
		return 0, err
	}
	return b.drain(ctx, queue, wanted, n, take)
}

func (b *Bus) drain(ctx context.Context, queue string, wanted func(*azservicebus.ReceivedMessage) bool, most int, take func(context.Context, dsr.DeadLetter) error) (int, error) {
	done, err := b.takeDead(ctx, queue, wanted, most, func(m *azservicebus.ReceivedMessage) error {
		return take(ctx, deadLetter(queue, m))
	})
	return len(done), err
}

// DrainReason is Drain for the dead letters with a reason.
func (b *Bus) DrainReason(ctx context.Context, queue, reason string, take func(context.Context, dsr.DeadLetter) error) (int, error) {
	return b.drainWhere(ctx, queue, func(m *azservicebus.ReceivedMessage) bool { return value(m.DeadLetterReason) == reason }, take)
}

// takeDead finds at most the given number of wanted dead letters, calls act for each
// and then completes it. One for which that fails stays, and the others are taken
// nonetheless, unless Service Bus itself fails. Service Bus can't receive an active message by its sequence
// number, so takeDead receives and locks messages in order until it has found all of
// them, and abandons the others. In a dead-letter queue that uses up no delivery.
func (b *Bus) takeDead(ctx context.Context, queue string, wanted func(*azservicebus.ReceivedMessage) bool, most int, act func(*azservicebus.ReceivedMessage) error) (done []int64, err error) {
	r, err := b.newReceiver(DeadLetter(queue))
	if err != nil {
		return nil, classify(ctx, "receiving from", DeadLetter(queue), err)
	}

	held := map[int64][16]byte{} // lock tokens
	var failed []error
	defer func() {
		failed = append(failed, err, b.giveBack(ctx, queue, r, held))
		err = errors.Join(failed...)
	}()

	for received := 0; len(done)+len(failed) < most && received < maxDrain; {
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
			if err := b.takeOne(ctx, queue, r, m, act); err != nil {
				if failed = append(failed, err); dsr.OfQueue(err) || len(failed) == maxFailures || ctx.Err() != nil {
					return done, nil
				}
				continue
			}
			delete(held, value(m.SequenceNumber))
			done = append(done, value(m.SequenceNumber))
		}
	}

	return done, nil
}

// takeOne calls act for a dead letter and then completes it.
func (b *Bus) takeOne(ctx context.Context, queue string, r *azservicebus.Receiver, m *azservicebus.ReceivedMessage, act func(*azservicebus.ReceivedMessage) error) error {
	if err := act(m); err != nil {
		return err
	}
	return classify(ctx, "completing a message of", DeadLetter(queue), r.CompleteMessage(ctx, m, nil))
}

// receiveSome receives the messages that are available, or none after drainWait.
func receiveSome(ctx context.Context, r *azservicebus.Receiver) ([]*azservicebus.ReceivedMessage, error) {
	wait, cancel := context.WithTimeout(ctx, drainWait)
	defer cancel()
	messages, err := r.ReceiveMessages(wait, receiveBatch, nil)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = nil
	}
	return messages, err
}

// giveBack closes the receiver and then abandons the messages that are still locked.
// It does so on another link, because the receiver's own would receive them again.
func (b *Bus) giveBack(ctx context.Context, queue string, r *azservicebus.Receiver, held map[int64][16]byte) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	err := r.Close(ctx)
	for _, token := range held {
		if b.abandon(ctx, DeadLetter(queue), token) != nil {
			break // the locks expire by themselves
		}
	}
	return err
}
