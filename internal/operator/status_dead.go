package operator

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// deadTime bounds the look for dead letters, which is no more than a warning.
const deadTime = 10 * time.Second

// DeadNote names a dead letter.
type DeadNote struct {
	Queue       string `json:"queue"`
	Sequence    string `json:"sequence"`
	Reason      string `json:"reason"`
	Description string `json:"description"`
}

// deadOf returns the refused requests and approvals with the id of a request, what its
// callbacks could not be told, and the copies of it that could not be made. unknown says why the requests could not all be read. Whoever
// looks may have no right on the other queues.
func (o *Operator) deadOf(ctx context.Context, id string) (notes []DeadNote, unknown string) {
	if !dsr.ValidID(id) {
		return nil, ""
	}
	ctx, cancel := context.WithTimeout(ctx, deadTime)
	defer cancel()

	for _, queue := range []string{dsr.QueueRequests, dsr.QueueApprovals, dsr.QueueCallbacks, dsr.QueueCopies} {
		for d, err := range o.dead(queue).all(ctx) {
			if err != nil && queue != dsr.QueueRequests {
				break
			}
			if err != nil {
				return notes, "the dead letters of " + queue + " could not be read: " + err.Error()
			}
			if d.RequestID == id {
				notes = append(notes, DeadNote{
					Queue:       queue,
					Sequence:    d.Sequence,
					Reason:      d.Reason,
					Description: d.Description,
				})
			}
		}
	}
	return notes, ""
}
