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

// overall returns how a request stands whose last attempt is closed. Where that attempt did
// nothing of what was left, the request has still what earlier ones did.
func (o *Operator) overall(ctx context.Context, last dsr.Attempt, m dsr.Manifest) (string, error) {
	if m.Status != dsr.StatusFailed {
		return string(m.Status), nil
	}

	for a := last.Before(); a.Number > 0; a = a.Before() {
		before, _, closed, err := o.ledger.Manifest(ctx, a)
		if err != nil {
			return "", err
		}
		if closed && before.Status == dsr.StatusPartiallyFailed {
			return string(dsr.StatusPartiallyFailed), nil
		}
	}

	return string(m.Status), nil
}
