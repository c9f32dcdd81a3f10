package fanout

import (
	"context"
	"errors"
	"reflect"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// checkRecorded compares a request with the record of its id, if there is one. It returns
// true when the attempt is closed already and there is nothing to open.
func (i *Intake) checkRecorded(ctx context.Context, a dsr.Attempt, p Parsed) (closed bool, err error) {
	stored, found, err := i.Ledger.Request(ctx, p.ID)
	switch {
	case err != nil:
		return false, err
	case !found && a.Number > 1:
		return false, invalid("application property %s: no request with this id is recorded", dsr.PropAttempt)
	case !found:
		return false, nil
	}

	if err := sameRequest(stored, p); err != nil {
		return false, err
	}

	return i.Ledger.Closed(ctx, a)
}

// recordRequest enters the attempt in the index of open ones, and records the subject and
// the request.
func (i *Intake) recordRequest(ctx context.Context, a dsr.Attempt, p Parsed) error {
	if err := i.recordOpen(ctx, a, p); err != nil {
		return err
	}

	// Of two requests with one id, only the one that records its subject first may record
	// the request, so the two never mix.
	subject, err := i.Ledger.RecordSubject(ctx, p.ID, p.Subject)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(subject, p.Subject) {
		return conflict()
	}
	stored, err := i.Ledger.RecordRequest(ctx, dsr.NewRequestRecord(p.Request, p.ContentSHA256, p.DueDefaulted, i.Now()))
	if err != nil {
		return err
	}

	return sameRequest(stored, p)
}

// recordOpen enters the attempt in the index of open ones, unless it is there already.
func (i *Intake) recordOpen(ctx context.Context, a dsr.Attempt, p Parsed) error {
	if _, found, err := i.Ledger.Open(ctx, a); err != nil || found {
		return err
	}

	open := dsr.OpenRecord{RequestID: a.RequestID, Attempt: a.Number, DueAt: p.DueAt}
	if a.Number > 1 {
		open.PutBackAt = i.Now() // its message was sent again, long after the request was received
	}
	_, err := i.Ledger.SwapOpen(ctx, open, ledger.Version{})
	if errors.Is(err, archive.ErrChanged) {
		return nil // a concurrent delivery has entered it
	}

	return err
}

// sameRequest refuses a request whose content differs from the recorded one.
func sameRequest(stored dsr.RequestRecord, p Parsed) error {
	if stored.ContentSHA256 != p.ContentSHA256 {
		return conflict()
	}
	return nil
}

func conflict() error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonConflictingRequest,
		"/id: another request with this id and other content is recorded; send it under a new id")
}
