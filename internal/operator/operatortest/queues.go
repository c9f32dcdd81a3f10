package operatortest

import (
	"context"
	"iter"
	"slices"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

var _ operator.Queues = (*Queues)(nil)

// Queues record what is sent.
type Queues struct {
	// Held is the id of a request that waits in its queue.
	Held string
	// Waits are the requests that wait in their queue.
	Waits []dsr.Message
	// Fault is the error of sending; nil: it succeeds.
	Fault error

	// DeadLetters are the dead letters of each queue.
	DeadLetters map[string][]bus.DeadMessage
	// DeadFault is the error of reading them; nil: it succeeds.
	DeadFault error

	Queue    string // the last one that was sent to
	Messages []dsr.Message
}

// Send implements operator.Queues.
func (q *Queues) Send(_ context.Context, queue string, messages ...dsr.Message) error {
	if q.Fault != nil {
		return q.Fault
	}
	q.Queue, q.Messages = queue, append(q.Messages, messages...)
	return nil
}

// Holds implements operator.Queues.
func (q *Queues) Holds(_ context.Context, queue, property, value string) (bool, error) {
	if queue == dsr.QueueRequests && property == dsr.PropRequestID && q.Held != "" && value == q.Held {
		return true, nil
	}
	return slices.ContainsFunc(q.Waits, func(m dsr.Message) bool { return m.Properties[property] == value }), nil
}

// Waiting implements operator.Queues.
func (q *Queues) Waiting(_ context.Context, _, property, value string) ([]byte, bool, error) {
	i := slices.IndexFunc(q.Waits, func(m dsr.Message) bool { return m.Properties[property] == value })
	if i < 0 {
		return nil, false, nil
	}
	return q.Waits[i].Body, true, nil
}

// Dead implements operator.Queues.
func (q *Queues) Dead(_ context.Context, queue string) iter.Seq2[bus.DeadMessage, error] {
	return func(yield func(bus.DeadMessage, error) bool) {
		if q.DeadFault != nil {
			yield(bus.DeadMessage{}, q.DeadFault)
			return
		}
		for _, m := range q.DeadLetters[queue] {
			if !yield(m, nil) {
				return
			}
		}
	}
}
