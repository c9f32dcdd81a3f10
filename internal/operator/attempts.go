package operator

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// AttemptStatus is what became of one attempt of a request.
type AttemptStatus struct {
	Attempt   int    `json:"attempt"`
	State     string `json:"state"`
	Documents int64  `json:"documents"` // that it has stored, or deleted
	ClosedAt  Moment `json:"closedAt"`
}

// withAttempts adds the attempts of a status, unless there is only one or err is not nil.
// The last attempt has the status's own state where it is open.
func (o *Operator) withAttempts(ctx context.Context, s Status, last dsr.Attempt, err error) (Status, error) {
	if err != nil || last.Number == 1 {
		return s, err
	}

	for _, a := range attempts(last, 0) {
		m, _, closed, err := o.ledger.Manifest(ctx, a)
		if err != nil {
			return s, err
		}

		of := AttemptStatus{Attempt: a.Number, State: s.State}
		if closed {
			of.State, of.ClosedAt = string(m.Status), Moment{m.ClosedAt}
		}
		for _, part := range m.Parts {
			of.Documents += part.Documents
		}
		s.Attempts = append(s.Attempts, of)
	}

	return s, nil
}
