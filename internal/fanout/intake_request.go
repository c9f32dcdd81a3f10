package fanout

import (
	"context"
	"errors"
	"reflect"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// resolve returns a request with what the names in its scope stand for: by the record of
// its id, if there is one, else by the settings. It returns true when the attempt is closed
// already and there is nothing to open.
func (i *Intake) resolve(ctx context.Context, a dsr.Attempt, p Parsed) (resolved Parsed, closed bool, err error) {
	stored, found, err := i.Ledger.Request(ctx, p.ID)
	switch {
	case err != nil:
		return Parsed{}, false, err
	case !found && a.Number > 1:
		return Parsed{}, false, invalid("application property %s: no request with this id is recorded", dsr.PropAttempt)
	case !found:
		if err := i.checkUnrecorded(p); err != nil {
			return Parsed{}, false, err
		}
		resolved, err = p.Resolve(i.Validator.Scopes)
		return resolved, false, err
	}

	resolved, err = i.sameRequest(ctx, stored, p)
	if err != nil {
		return Parsed{}, false, err
	}
	closed, err = i.Ledger.Closed(ctx, a)

	return resolved, closed, err
}

// recordRequest enters the attempt in the index of open ones, and records the subject and
// the request. It returns the request as it is recorded.
func (i *Intake) recordRequest(ctx context.Context, a dsr.Attempt, p Parsed) (Parsed, error) {
	if err := i.recordOpen(ctx, a, p); err != nil {
		return Parsed{}, err
	}

	// Of two requests with one id, only the one that records its subject first may record
	// the request, so the two never mix.
	subject, key, err := i.recordSubject(ctx, p)
	if err != nil {
		return Parsed{}, err
	}
	p.Subject = subject
	sum, err := p.ContentHash(p.DueDefaulted, key)
	if err != nil {
		return Parsed{}, err
	}

	record := dsr.NewRequestRecord(p.Request, sum, p.DueDefaulted, i.Now())
	record.ContentKeyID = key.ID()
	record.Review = i.Policies.Of(p.Source).ReviewOf(p.Request)
	stored, err := i.Ledger.RecordRequest(ctx, record)
	if err != nil {
		return Parsed{}, err
	}

	return i.sameRequest(ctx, stored, p)
}

// recordSubject records the subject and returns it with the key of the request's content. If
// another delivery has recorded it, what that one has looked up counts, and the key is the
// one that is stored with it.
func (i *Intake) recordSubject(ctx context.Context, p Parsed) (*dsr.Subject, dsr.ContentKey, error) {
	var record *dsr.SubjectRecord
	if p.Subject != nil {
		record = &dsr.SubjectRecord{Subject: *p.Subject, ContentKey: dsr.NewContentKey(i.ContentSecret, p.ID)}
	}
	stored, err := i.Ledger.RecordSubjectRecord(ctx, p.ID, record)
	switch {
	case err != nil:
		return nil, "", err
	case stored == nil && p.Subject == nil:
		return nil, "", nil
	case stored == nil || p.Subject == nil || !reflect.DeepEqual(stored.AsSent(), p.Subject.AsSent()):
		return nil, "", conflict()
	default:
		return &stored.Subject, stored.ContentKey, nil
	}
}

// recordOpen enters the attempt in the index of open ones, unless it is there already.
func (i *Intake) recordOpen(ctx context.Context, a dsr.Attempt, p Parsed) error {
	if _, found, err := i.Ledger.Open(ctx, a); err != nil || found {
		return err
	}

	open := dsr.OpenRecord{
		RequestID:   a.RequestID,
		Attempt:     a.Number,
		DueAt:       p.DueAt,
		Kind:        p.Kind,
		SubmittedAt: p.SubmittedAt,
	}
	if a.Number > 1 {
		open.PutBackAt = i.Now() // its message was sent again, long after the request was received
	}
	_, err := i.Ledger.SwapOpen(ctx, open, ledger.Version{})
	if errors.Is(err, archive.ErrChanged) {
		return nil // a concurrent delivery has entered it
	}

	return err
}

// sameRequest returns a request as it is recorded. It refuses one whose content differs
// from the recorded one.
func (i *Intake) sameRequest(ctx context.Context, stored dsr.RequestRecord, p Parsed) (Parsed, error) {
	p, maybeSame := p.AsRecorded(stored)
	if !maybeSame {
		return Parsed{}, conflict()
	}

	key, err := i.contentKey(ctx, stored)
	if err != nil {
		return Parsed{}, err
	}
	sum, err := p.ContentHash(p.DueDefaulted, key)
	if err != nil {
		return Parsed{}, err
	}
	if stored.ContentSHA256 != sum || stored.ContentKeyID != key.ID() {
		return Parsed{}, conflict()
	}

	return p, nil
}

// contentKey returns the key by which a record's content was hashed, as far as it is known. A
// secret that was replaced since makes another one: then it is the one beside the subject.
func (i *Intake) contentKey(ctx context.Context, stored dsr.RequestRecord) (dsr.ContentKey, error) {
	if stored.ContentKeyID == "" {
		return "", nil
	}
	if key := dsr.NewContentKey(i.ContentSecret, stored.ID); key.ID() == stored.ContentKeyID {
		return key, nil
	}
	subject, _, err := i.Ledger.SubjectRecord(ctx, stored.ID)
	return subject.ContentKey, err
}

func conflict() error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonConflictingRequest,
		"/id: another request with this id and other content is recorded; send it under a new id")
}
