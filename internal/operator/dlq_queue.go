package operator

import (
	"context"
	"iter"
	"strconv"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
)

var _ deadStore = deadQueue{}

// deadQueue is a queue's dead-letter queue.
type deadQueue struct {
	browsed Queues
	queues  *bus.Bus
	name    string
}

func (q deadQueue) all(ctx context.Context) iter.Seq2[DeadLetter, error] {
	return func(yield func(DeadLetter, error) bool) {
		for m, err := range q.browsed.Dead(ctx, q.name) {
			d := DeadLetter{
				Sequence:    strconv.FormatInt(m.SequenceNumber, 10),
				RequestID:   requestOf(m.Properties[dsr.PropRequestID], m.Body),
				Reason:      m.Reason,
				EnqueuedAt:  m.EnqueuedTime,
				Description: m.Description,
				body:        m.Body,
			}
			if !yield(d, err) {
				return
			}
		}
	}
}

// requestOf returns the id of a dead letter's request: that of the property where it is
// valid, or else one found in the body.
func requestOf(property any, body []byte) string {
	if text, _ := property.(string); dsr.ValidID(text) {
		return text
	}
	return dsr.RequestIDIn(body)
}

func (q deadQueue) resubmit(ctx context.Context, sequences []string) ([]string, error) {
	return byNumber(sequences, func(numbers []int64) ([]int64, error) { return q.queues.Resubmit(ctx, q.name, numbers) })
}

func (q deadQueue) purge(ctx context.Context, sequences []string) ([]string, error) {
	return byNumber(sequences, func(numbers []int64) ([]int64, error) { return q.queues.Purge(ctx, q.name, numbers) })
}

func (q deadQueue) park(ctx context.Context, sequences []string, record func(context.Context, dsr.DeadLetter) error) ([]string, error) {
	return byNumber(sequences, func(numbers []int64) ([]int64, error) { return q.queues.Take(ctx, q.name, numbers, record) })
}

// byNumber calls do with sequences as the numbers that Service Bus knows.
func byNumber(sequences []string, do func([]int64) ([]int64, error)) ([]string, error) {
	numbers := make([]int64, 0, len(sequences))
	for _, s := range sequences {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, invalid("sequences", "%q is no sequence number", s)
		}
		numbers = append(numbers, n)
	}

	done, err := do(numbers)
	out := make([]string, 0, len(done))
	for _, n := range done {
		out = append(out, strconv.FormatInt(n, 10))
	}

	return out, err
}
