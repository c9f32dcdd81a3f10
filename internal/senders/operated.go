package senders

import (
	"context"
	"time"

	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/operator"
)

// Operated are the requests that an operator works on.
type Operated struct {
	Operator *operator.Operator
	// Validator returns what checks requests. It is called when the first one comes.
	Validator func() (*fanout.Validator, error)
	// Check refuses a request that the worker would refuse, so that its sender is told at
	// once. Default: nothing is refused before it is sent.
	Check func(fanout.Parsed) error
	Now   func() time.Time
}

var _ Requests = Operated{}

// Submit implements Requests.
func (o Operated) Submit(ctx context.Context, request []byte) (Accepted, error) {
	validator, err := o.Validator()
	if err != nil {
		return Accepted{}, err
	}
	submission, err := operator.NewSubmission(validator, request, o.Now())
	if err != nil {
		return Accepted{}, err
	}

	if o.Check != nil {
		if err := submission.Check(o.Check); err != nil {
			return Accepted{}, err
		}
	}

	_, err = o.Operator.SubmitOnce(ctx, submission)
	return Accepted{ID: submission.ID, DueAt: submission.DueAt()}, err
}

// Status implements Requests.
func (o Operated) Status(ctx context.Context, id string) (State, error) {
	s, err := o.Operator.Status(ctx, id)
	if err != nil || !s.Closed() {
		return State{Status: s}, err
	}
	documents, err := o.Operator.Documents(ctx, id)
	return State{Status: s, Documents: documents}, err
}

// Cancel implements Requests.
func (o Operated) Cancel(ctx context.Context, id, reason string) error {
	_, err := o.Operator.Cancel(ctx, operator.CancelOrder{ID: id, Reason: reason})
	return err
}
