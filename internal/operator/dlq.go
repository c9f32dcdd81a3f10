package operator

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// PoisonQueue is what the blobs under _poison/ are called among the queues.
const PoisonQueue = "poison"

// DeadQueues returns the queues whose dead letters can be looked at. What is dead in
// dsr-exports, dsr-deletes and dsr-closings is for the worker to look after.
func DeadQueues() []string {
	return []string{
		dsr.QueueRequests,
		dsr.QueueApprovals,
		dsr.QueueExports,
		dsr.QueueDeletes,
		dsr.QueueClosings,
		PoisonQueue,
	}
}

// CheckDeadQueue refuses a queue that has no dead letters to look at.
func CheckDeadQueue(queue string) error {
	if !slices.Contains(DeadQueues(), queue) {
		return invalid("queue", "%q is none of %s", queue, strings.Join(DeadQueues(), ", "))
	}
	return nil
}

// DeadLetter is a message that is waiting for a person.
type DeadLetter struct {
	Sequence    string    `json:"sequence"` // names it in its queue
	RequestID   string    `json:"requestId"`
	Reason      string    `json:"reason"`
	Age         string    `json:"age"` // in its two largest units
	EnqueuedAt  time.Time `json:"enqueuedAt"`
	Description string    `json:"description"`

	body []byte
}

// deadStore holds dead letters.
type deadStore interface {
	// all returns them in order, and locks none.
	all(ctx context.Context) iter.Seq2[DeadLetter, error]
	// resubmit sends some again, purge removes some; both return which they have
	// done. What somebody else holds is left out.
	resubmit(ctx context.Context, sequences []string) (done []string, err error)
	purge(ctx context.Context, sequences []string) (done []string, err error)
}

// DeadLetters returns the dead letters of a queue in order, and locks none.
func (o *Operator) DeadLetters(ctx context.Context, queue string) iter.Seq2[DeadLetter, error] {
	return func(yield func(DeadLetter, error) bool) {
		if err := CheckDeadQueue(queue); err != nil {
			yield(DeadLetter{}, err)
			return
		}
		for d, err := range o.dead(queue).all(ctx) {
			d.Age = age(o.now().Sub(d.EnqueuedAt))
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// DeadLetter finds a dead letter by its sequence.
func (o *Operator) DeadLetter(ctx context.Context, queue, sequence string) (DeadLetter, error) {
	for d, err := range o.DeadLetters(ctx, queue) {
		if err != nil || d.Sequence == sequence {
			return d, err
		}
	}
	return DeadLetter{}, notFound("there is no dead letter %s", sequence)
}

// DeadList is the dead letters of a queue, and how many there are in each of the others.
type DeadList struct {
	Queue    string               `json:"queue"`
	Messages []DeadLetter         `json:"messages"`
	Others   map[string]DeadCount `json:"others"`
}

// DeadCount is how many dead letters a queue has.
type DeadCount struct {
	Dead int `json:"dead"`
}

// ListDead returns the dead letters of a queue without their bodies, and counts those
// of the others.
func (o *Operator) ListDead(ctx context.Context, queue string) (DeadList, error) {
	out := DeadList{Queue: queue, Messages: []DeadLetter{}, Others: map[string]DeadCount{}}
	for d, err := range o.DeadLetters(ctx, queue) {
		if err != nil {
			return out, err
		}
		d.body = nil
		out.Messages = append(out.Messages, d)
	}

	for _, other := range DeadQueues() {
		if other == queue {
			continue
		}
		n, err := o.CountDead(ctx, other)
		if err != nil {
			return out, err
		}
		out.Others[other] = DeadCount{n}
	}

	return out, nil
}

// CountDead counts the dead letters of a queue.
func (o *Operator) CountDead(ctx context.Context, queue string) (n int, err error) {
	for _, err := range o.DeadLetters(ctx, queue) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
