package verify_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

var secondAttempt = dsr.Attempt{RequestID: theAttempt.RequestID, Number: 2}

// retry orders and closes a second attempt, which has nothing to do.
func (f *fixture) retry() {
	f.t.Helper()
	before := stored[dsr.Manifest](f, theAttempt.Manifest())
	sum := sha256Hex(f.read(theAttempt.Manifest()))
	f.record(secondAttempt.Retry(), dsr.Retry{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     theAttempt.RequestID,
		Attempt:       2,
		RequestedAt:   theTime,
		Previous:      dsr.HashRef{SHA256: sum},
	})
	f.record(secondAttempt.Plan(), dsr.Plan{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     theAttempt.RequestID,
		Attempt:       2,
		Kind:          dsr.KindExport,
	})
	f.record(secondAttempt.Manifest(), dsr.Manifest{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     theAttempt.RequestID,
		Attempt:       2,
		Kind:          dsr.KindExport,
		Status:        dsr.StatusSucceeded,
		SubmittedAt:   before.SubmittedAt,
		DueAt:         before.DueAt,
		ClosedAt:      theTime,
		Request:       before.Request,
		Plan:          dsr.HashRef{SHA256: sha256Hex(f.read(secondAttempt.Plan()))},
		Previous:      &dsr.Previous{Attempt: 1, SHA256: sum, Totals: before.Totals},
	})
}

func (f *fixture) verifySecond() verify.Report {
	f.t.Helper()
	return must[verify.Report](f.t)(verify.Verify(f.t.Context(), f.blobs, secondAttempt, nil))
}

func TestVerifyChecksAnAttemptAgainstTheOneBefore(t *testing.T) {
	tests := []damage{
		{"nothing", func(*fixture) {}, nil},
		{"the manifest before is changed", func(f *fixture) { f.flip(theAttempt.Manifest()) }, []string{"changed 1/manifest.json"}},
		{"the manifest before is gone", func(f *fixture) { f.remove(theAttempt.Manifest()) }, []string{"missing 1/manifest.json"}},
		{"the totals of the one before are other ones", func(f *fixture) {
			edit(f, secondAttempt.Manifest(), func(m *dsr.Manifest) { m.Previous.Totals["E16"] = dsr.Counts{Calls: 99} })
		}, []string{"inconsistent 2/manifest.json"}},
		{"it names none before", func(f *fixture) {
			edit(f, secondAttempt.Manifest(), func(m *dsr.Manifest) { m.Previous = nil })
		}, []string{"inconsistent 2/manifest.json"}},
		{"it names another request's", func(f *fixture) {
			edit(f, secondAttempt.Manifest(), func(m *dsr.Manifest) { m.Previous.RequestID = "other" })
		}, []string{"inconsistent 2/manifest.json"}},
		{"its order is gone", func(f *fixture) { f.remove(secondAttempt.Retry()) }, []string{"missing 2/retry.json"}},
		{"its order followed another manifest", func(f *fixture) {
			edit(f, secondAttempt.Retry(), func(r *dsr.Retry) { r.Previous.SHA256 = sha256Hex(nil) })
		}, []string{"inconsistent 2/retry.json"}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.retry()
			c.do(f)
			wantFaults(t, f.verifySecond(), c.want...)
		})
	}
}

func TestAFirstAttemptHasNoPreviousOneOfItsRequest(t *testing.T) {
	f := newFixture(t, nil)
	edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.Previous = &dsr.Previous{Attempt: 1, SHA256: sha256Hex(nil)} })
	wantFaults(t, f.verify(nil), "inconsistent 1/manifest.json")
}

func TestVerifyChecksTheDeadlineAgainstTheRequestAndItsExtension(t *testing.T) {
	const blob = "req-1/extension.json"
	due := theTime.AddDate(0, 1, 0)
	extend := func(f *fixture) {
		f.record(blob, dsr.Extension{
			SchemaVersion: dsr.SchemaVersion,
			RequestID:     theAttempt.RequestID,
			DueAt:         due,
			Until:         due.AddDate(0, 1, 0),
			Reason:        "many",
			ExtendedAt:    theTime,
		})
	}

	tests := []struct {
		damage
		before func(*fixture)
	}{
		{damage{"extended", func(f *fixture) {
			if m := f.verify(nil).Manifest; !m.DueAt.Equal(due.AddDate(0, 1, 0)) || m.Extension.Reason != "many" {
				f.t.Errorf("due %s, extension %+v", m.DueAt, m.Extension)
			}
		}, nil}, extend},
		{damage{"the record is changed", func(f *fixture) { f.flip(blob) }, []string{"changed extension.json"}}, extend},
		{damage{"the record is gone", func(f *fixture) { f.remove(blob) }, []string{"missing extension.json"}}, extend},
		{damage{"the manifest has another deadline", func(f *fixture) {
			edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.DueAt = m.DueAt.Add(time.Hour) })
		}, []string{"inconsistent 1/manifest.json"}}, extend},
		{damage{"the manifest repeats another reason", func(f *fixture) {
			edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.Extension.Reason = "few" })
		}, []string{"inconsistent 1/manifest.json"}}, extend},
		{damage{"without an extension there is no other deadline", func(f *fixture) {
			edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.DueAt = m.DueAt.Add(time.Hour) })
		}, []string{"inconsistent 1/manifest.json"}}, nil},
		// It came after the closing, so it is unlisted and no fault.
		{damage{"an extension after the closing", extend, nil}, nil},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, c.before)
			c.do(f)
			wantFaults(t, f.verify(nil), c.want...)
		})
	}
}
