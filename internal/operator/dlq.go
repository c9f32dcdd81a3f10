package operator

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
)

// PoisonQueue is the name by which operators address the blobs below _poison/ as a queue.
const PoisonQueue = "poison"

// DeadQueues returns the queues whose dead letters an operator can look at. The worker
// itself handles those of dsr-exports, dsr-deletes and dsr-closings.
func DeadQueues() []string {
	return []string{
		dsr.QueueRequests,
		dsr.QueueApprovals,
		dsr.QueueCallbacks,
		dsr.QueueCopies,
		dsr.QueueExports,
		dsr.QueueDeletes,
		dsr.QueueClosings,
		PoisonQueue,
	}
}

// CheckDeadQueue returns an Invalid error for a queue that is not among DeadQueues.
func CheckDeadQueue(queue string) error {
	if !slices.Contains(DeadQueues(), queue) {
		return invalid("queue", "%q is none of %s", queue, strings.Join(DeadQueues(), ", "))
	}
	return nil
}

// DeadLetter is a message that is waiting for a person.
type DeadLetter struct {
	Sequence    string    `json:"sequence"` // identifies it in its queue
	RequestID   string    `json:"requestId"`
	Reason      string    `json:"reason"`
	Age         string    `json:"age"` // in its two largest units
	EnqueuedAt  time.Time `json:"enqueuedAt"`
	Description string    `json:"description"`

	body []byte
}

// deadStore holds dead letters.
type deadStore interface {
	// all yields them in order, without locking any.
	all(ctx context.Context) iter.Seq2[DeadLetter, error]
	// resubmit sends some again and removes them here. It returns the sequences of those
	// that it has sent, without those that another receiver has locked.
	resubmit(ctx context.Context, sequences []string) (done []string, err error)
	// purge removes some, and returns the sequences of those that it has removed.
	purge(ctx context.Context, sequences []string) (done []string, err error)
	// park passes some to record and then removes them here.
	park(ctx context.Context, sequences []string, record func(context.Context, dsr.DeadLetter) error) (done []string, err error)
}

// DeadLetters yields the dead letters of a queue in order, without locking any.
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

// DeadLetter finds a dead letter by its sequence. The error is NotFound where there is
// none.
func (o *Operator) DeadLetter(ctx context.Context, queue, sequence string) (DeadLetter, error) {
	for d, err := range o.DeadLetters(ctx, queue) {
		if err != nil || d.Sequence == sequence {
			return d, err
		}
	}
	return DeadLetter{}, notFound("there is no dead letter %s", sequence)
}

// DeadList has the dead letters of a queue, and counts those of each of the others.
type DeadList struct {
	Queue    string               `json:"queue"`
	Messages []DeadLetter         `json:"messages"`
	Others   map[string]DeadCount `json:"others"`
}

// DeadCount is how many dead letters a queue has.
type DeadCount struct {
	Dead int `json:"dead"`
	// Unknown says why they could not be counted; Dead is then how many were.
	Unknown string `json:"unknown,omitempty"`
}

// ListDead returns the dead letters of a queue without their bodies, and counts those
// of the others. One queue that can't be read hides no other: the error comes last.
func (o *Operator) ListDead(ctx context.Context, queue string) (DeadList, error) {
	out := DeadList{Queue: queue, Messages: []DeadLetter{}, Others: map[string]DeadCount{}}
	if err := CheckDeadQueue(queue); err != nil {
		return out, err
	}

	var errs []error
	for d, err := range o.DeadLetters(ctx, queue) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		d.body = nil
		out.Messages = append(out.Messages, d)
	}

	others, err := o.CountOtherDead(ctx, queue)
	out.Others = others
	return out, errors.Join(append(errs, err)...)
}

// CountOtherDead counts the dead letters of all queues but one, at once: each takes half a
// minute where Service Bus can't be reached. A queue that can't be counted hides no other.
func (o *Operator) CountOtherDead(ctx context.Context, queue string) (map[string]DeadCount, error) {
	others := slices.DeleteFunc(DeadQueues(), func(other string) bool { return other == queue })
	found, errs := make([]DeadCount, len(others)), make([]error, len(others))
	var g errgroup.Group
	for i, other := range others {
		g.Go(dsr.Guard(func() error {
			found[i].Dead, errs[i] = o.CountDead(ctx, other)
			return nil
		}))
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}

	counts := map[string]DeadCount{}
	for i, other := range others {
		if errs[i] != nil {
			found[i].Unknown = errs[i].Error()
		}
		counts[other] = found[i]
	}

	return counts, errors.Join(errs...)
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
