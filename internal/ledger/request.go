package ledger

import (
	"context"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Request returns the record of a request, or false when there is none.
func (l *Ledger) Request(ctx context.Context, id string) (dsr.RequestRecord, bool, error) {
	r, _, found, err := read[dsr.RequestRecord](ctx, l.audit, dsr.RequestBlob(id))
	return r, found, err
}

// RecordRequest records a request and returns the stored record.
func (l *Ledger) RecordRequest(ctx context.Context, r dsr.RequestRecord) (dsr.RequestRecord, error) {
	stored, _, err := record(ctx, l.audit, dsr.RequestBlob(r.ID), r, nil)
	return stored, err
}

// Subject returns the person that a request is about. It is nil for an export of
// everybody's data and for a request that has no subject.json yet. It is cached because
// every task needs it. It is an error if subject.json is missing although the request names
// a subject: without it an export would cover everybody.
func (l *Ledger) Subject(ctx context.Context, id string) (*dsr.Subject, error) {
	if s, ok := l.subjects.get(id); ok {
		return s, nil
	}
	s, _, found, err := read[*dsr.Subject](ctx, l.exports, dsr.SubjectBlob(id))
	if err != nil {
		return nil, err
	}
	if s == nil {
		if err := l.subjectMissing(ctx, id); err != nil {
			return nil, err
		}
	}

	if found {
		l.subjects.put(id, s)
	}
	return s, nil
}

// subjectMissing returns an error if a request names a subject. It is transient, because an
// operator may restore the blob.
func (l *Ledger) subjectMissing(ctx context.Context, id string) error {
	r, found, err := l.Request(ctx, id)
	if err != nil || !found || r.Subject == nil {
		return err
	}
	return dsr.Errorf(dsr.Transient, dsr.ReasonSubjectMissing,
		"%s is not there although the request names a subject: restore that blob of the exports container", dsr.SubjectBlob(id))
}

// RecordSubject records the person that a request is about, without a key of its content, and
// returns the stored one.
func (l *Ledger) RecordSubject(ctx context.Context, id string, s *dsr.Subject) (*dsr.Subject, error) {
	stored, _, err := record(ctx, l.exports, dsr.SubjectBlob(id), s, nil)
	return stored, err
}

// SubjectRecord returns the whole of subject.json, or false when there is none or it is null.
func (l *Ledger) SubjectRecord(ctx context.Context, id string) (dsr.SubjectRecord, bool, error) {
	r, _, _, err := read[*dsr.SubjectRecord](ctx, l.exports, dsr.SubjectBlob(id))
	if r == nil || err != nil {
		return dsr.SubjectRecord{}, false, err
	}
	return *r, true, nil
}

// RecordSubjectRecord records the person that a request is about, with the key of its content,
// and returns what is stored. nil stands for everybody.
func (l *Ledger) RecordSubjectRecord(ctx context.Context, id string, r *dsr.SubjectRecord) (*dsr.SubjectRecord, error) {
	stored, _, err := record(ctx, l.exports, dsr.SubjectBlob(id), r, nil)
	return stored, err
}

// Canceled reports whether an attempt was canceled or refused.
func (l *Ledger) Canceled(ctx context.Context, a dsr.Attempt) (bool, error) {
	return exists(ctx, l.audit, a.Cancel())
}

// Closed reports whether an attempt has its manifest.
func (l *Ledger) Closed(ctx context.Context, a dsr.Attempt) (bool, error) {
	return exists(ctx, l.audit, a.Manifest())
}

// Exports returns the container of the documents, for handlers that stream into it.
func (l *Ledger) Exports() *archive.Archive { return l.exports }
