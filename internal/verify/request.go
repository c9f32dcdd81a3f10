package verify

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// checkRequest checks the request against the manifest, and the subject against
// the request.
func (v *verifier) checkRequest(ctx context.Context) error {
	v.named.add(dsr.SubjectBlob(v.attempt.RequestID))
	name := dsr.RequestBlob(v.attempt.RequestID)
	s, err := loadVouched[dsr.RequestRecord](ctx, v, name, v.manifest.Request.SHA256, "manifest.json")
	if s == nil || err != nil {
		return err
	}

	v.request = &s.value

	if s.value.ID != v.attempt.RequestID {
		v.fault(FaultInconsistent, name, "it is the record of another request")
	}
	if !s.value.SubmittedAt.Equal(v.manifest.SubmittedAt) || s.value.Kind != v.manifest.Kind {
		v.fault(FaultInconsistent, v.attempt.Manifest(), "kind or submittedAt is not the request's")
	}

	if !samePause(v.manifest.Paused, s.value.Paused()) {
		v.fault(FaultInconsistent, v.attempt.Manifest(), "paused is not what the request says")
	}
	if err := v.checkDue(ctx, s.value); err != nil {
		return err
	}

	return v.checkSubject(ctx, s.value)
}

func samePause(a, b *dsr.Pause) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.From.Equal(b.From) && a.Until.Equal(b.Until)
}

// checkDue checks the deadline against the request and its extension.
func (v *verifier) checkDue(ctx context.Context, r dsr.RequestRecord) error {
	m := v.manifest
	e := m.Extension
	if e == nil {
		if !m.DueAt.Equal(r.DueAt) {
			v.fault(FaultInconsistent, v.attempt.Manifest(), "dueAt is not the request's")
		}
		return nil
	}

	name := dsr.ExtensionBlob(v.attempt.RequestID)
	s, err := loadVouched[dsr.Extension](ctx, v, name, e.SHA256, "manifest.json")
	if s == nil || err != nil {
		return err
	}

	x := s.value
	same := x.RequestID == v.attempt.RequestID && x.DueAt.Equal(e.DueAt) && x.Until.Equal(e.Until) && x.Reason == e.Reason
	if !same || !x.DueAt.Equal(r.DueAt) || !x.Until.Equal(m.DueAt) {
		v.fault(FaultInconsistent, v.attempt.Manifest(), "dueAt or extension is not what extension.json and the request say")
	}

	return nil
}

// checkSubject derives the hash of the request's content again. By it the request vouches
// for the subject, which is stored apart, and for its bytes, since a subject is written in one
// way.
func (v *verifier) checkSubject(ctx context.Context, r dsr.RequestRecord) error {
	name := dsr.SubjectBlob(v.attempt.RequestID)
	if r.Subject == nil { // an export of everybody's data: there is null, or nothing
		if there, err := exists(ctx, v.evidence, name); err != nil || !there {
			return err
		}
	}

	s, err := load[*dsr.SubjectRecord](ctx, v, name)
	if s == nil || err != nil {
		return err
	}
	if !writtenAs(s.body, s.value) || (s.value == nil) != (r.Subject == nil) {
		v.fault(FaultChanged, name, "it is not what is written of a subject")
		return nil
	}
	if r.Subject == nil {
		return nil
	}

	key := s.value.ContentKey
	sum, err := r.Restore(&s.value.Subject).ContentHash(r.DueDefaulted, key)
	if err != nil {
		return err
	}

	if sum != r.ContentSHA256 || key.ID() != r.ContentKeyID {
		v.fault(FaultChanged, name, "with it the request does not have the contentSha256 of request.json")
	}

	return nil
}
