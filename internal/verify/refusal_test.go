package verify_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

// rejected returns an attempt that was closed as its request was refused.
func rejected(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t, func(f *fixture) {
		task := f.at(2, 2, 2, 0, "artifacts")
		f.record(task.ReceiptBlob(), dsr.NewReceipt(task, dsr.Canceled, theTime))
		f.refuse("identity not proven")
		f.canceled = true
	})
	edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) {
		m.Status = dsr.StatusRejected
		m.Refusal = &dsr.Refusal{
			SHA256:    sha256Hex(f.read(theAttempt.Cancel())),
			Reason:    "identity not proven",
			RefusedAt: theTime,
		}
	})
	return f
}

func TestVerifyOfARejectedAttempt(t *testing.T) {
	const manifest, cancel = "1/manifest.json", "1/cancel.json"
	forge := func(change func(*dsr.Manifest)) func(*fixture) {
		return func(f *fixture) { edit(f, theAttempt.Manifest(), change) }
	}
	for name, tt := range map[string]struct {
		forge func(*fixture)
		want  []string
	}{
		"as it was closed":            {func(*fixture) {}, nil},
		"with another record":         {func(f *fixture) { f.refuse("another") }, []string{"changed " + cancel}},
		"without the record":          {func(f *fixture) { f.remove(theAttempt.Cancel()) }, []string{"missing " + cancel}},
		"for another reason":          {forge(func(m *dsr.Manifest) { m.Refusal.Reason = "another" }), []string{"inconsistent " + manifest}},
		"at another time":             {forge(func(m *dsr.Manifest) { m.Refusal.RefusedAt = theTime.AddDate(0, 0, 1) }), []string{"inconsistent " + manifest}},
		"without a refusal":           {forge(func(m *dsr.Manifest) { m.Refusal = nil }), []string{"inconsistent " + manifest}},
		"that says it was canceled":   {forge(func(m *dsr.Manifest) { m.Status = dsr.StatusCanceled }), []string{"inconsistent " + manifest}},
		"that succeeded, and refused": {forge(func(m *dsr.Manifest) { m.Status = dsr.StatusSucceeded }), []string{"inconsistent " + manifest}},
		"that was canceled by a cancel": {func(f *fixture) {
			f.cancel()
			edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.Refusal.SHA256 = sha256Hex(f.read(theAttempt.Cancel())) })
		}, []string{"inconsistent " + manifest}},
		"that has deleted something": {
			forge(func(m *dsr.Manifest) { m.Totals["D02"] = dsr.Counts{Calls: 1, Documents: 1} }),
			[]string{"inconsistent " + manifest, "inconsistent " + manifest},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := rejected(t)
			tt.forge(f)
			r := f.verify(nil)
			if name == "that succeeded, and refused" { // its receipts are told, too
				if len(r.Faults) == 0 {
					t.Error("no fault")
				}
				return
			}
			wantFaults(t, r, tt.want...)
		})
	}
}
