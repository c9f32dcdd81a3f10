package operatortest

import (
	"context"
	"iter"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

var _ operator.Queues = (*Queues)(nil)

// Queues record what is sent.
type Queues struct {
	// Held is the id of a request that waits in its queue.
	Held string
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
	return queue == dsr.QueueRequests && property == dsr.PropRequestID && q.Held != "" && value == q.Held, nil
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
