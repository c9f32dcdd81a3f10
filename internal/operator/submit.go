package operator

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

// MaxRequest bounds a request in bytes.
const MaxRequest = dsr.MaxRequest

// Submission is a request that has been checked as the worker will check it.
type Submission struct {
	ID   string
	body []byte
}

// NewSubmission checks the body of a request. An Invalid error names every fault.
func NewSubmission(v *fanout.Validator, body []byte, now time.Time) (Submission, error) {
	if len(body) > MaxRequest {
		return Submission{}, invalid("", "the request is longer than %d bytes; send its scope in several requests", MaxRequest)
	}

	request, err := v.Parse(body, now)
	if err != nil {
		return Submission{}, &Error{Kind: Invalid, Err: err}
	}

	return Submission{ID: request.ID, body: body}, nil
}

// Submit sends the unchanged body of a request to the worker.
func (o *Operator) Submit(ctx context.Context, s Submission) error {
	return o.queues.Send(ctx, dsr.QueueRequests, dsr.Message{
		ID:         s.ID,
		Body:       s.body,
		Properties: map[string]any{dsr.PropRequestID: s.ID},
	})
}
