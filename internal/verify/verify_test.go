package verify_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

func TestVerifyFindsNoFaultInWhatTheWorkerWrote(t *testing.T) {
	defer goleak.VerifyNone(t)

	r := newFixture(t, nil).verify(nil)
	for _, f := range r.Faults {
		t.Errorf("%s %s: %s", f.Kind, f.Name, f.Detail)
	}

	want := []string{
		"1/data/artifacts/s/g/e/w/p/content/run-3/logs/out.txt", // its task failed
		"1/data/runs/s/g/e/w/p/page-1-000001.json",              // of the pass that was given up
		"1/data/runs/s/g/e/w/p/part-1-000001-00000.json",
		"1/hops/00002/2-000001-00001-artifacts/0001.json",
		"1/pages/00002/1-000001.json",
		"1/pages/00002/1-000002.json",
		"1/receipts/00002/1-000001-00000-runs.json",
	}
	if got := withoutID(r.Unlisted); !slices.Equal(got, want) {
		t.Errorf("unlisted:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r.Signature != verify.Unsigned || r.RequestID != "req-1" || r.Attempt != 1 {
		t.Errorf("report of %s, attempt %d, signature %s", r.RequestID, r.Attempt, r.Signature)
	}
	if r.Documents != r.Manifest.Parts[0].Documents || r.Documents != 16 {
		t.Errorf("%d documents read, the manifest has %d", r.Documents, r.Manifest.Parts[0].Documents)
	}
}

func withoutID(names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, strings.TrimPrefix(n, "req-1/"))
	}
	return out
}

func TestVerifyReportsItsProgress(t *testing.T) {
	f := newFixture(t, nil)
	var last, of int64
	f.verify(&verify.Options{Progress: func(done, total int64) { last, of = done, total }})
	if last != 11 || of != 11 {
		t.Errorf("ended at %d of %d receipts, want 11 of 11", last, of)
	}
}

func TestVerifyRefusesWhatIsNotClosed(t *testing.T) {
	f := newFixture(t, nil)
	closed := theAttempt
	for _, name := range []string{closed.Manifest(), closed.Prefix() + f.verify(nil).Manifest.Parts[0].Name} {
		f.remove(name)
	}

	_, err := verify.Verify(t.Context(), f.blobs, closed, nil)
	if !errors.Is(err, verify.ErrNotClosed) {
		t.Errorf("an attempt without a manifest: %v", err)
	}

	_, err = verify.Verify(t.Context(), f.blobs, dsr.Attempt{RequestID: closed.RequestID, Number: 2}, nil)
	if !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("an attempt of which nothing is there: %v", err)
	}

	_, err = verify.Verify(t.Context(), blobs{}, closed, nil)
	if !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("a request of which nothing is there: %v", err)
	}
}

func TestVerifyOfACanceledAttempt(t *testing.T) {
	canceled := func(t *testing.T) *fixture {
		t.Helper()
		var late dsr.Task
		f := newFixture(t, func(f *fixture) {
			// The task's part is stored, but not its receipt.
			late = f.at(2, 2, 2, 0, "artifacts")
			f.remove(late.ReceiptBlob())
			f.cancel()
			f.canceled = true
		})

		f.receipt(late)
		return f
	}

	t.Run("tolerates receipts after the closing and what they name", func(t *testing.T) {
		r := canceled(t).verify(nil)
		if len(r.Faults) > 0 {
			t.Errorf("faults: %+v", r.Faults)
		}

		for _, name := range []string{"req-1/1/receipts/00002/2-000002-00000-artifacts.json", "req-1/1/data/artifacts/s/g/e/w/p/part-2-000002-00000.json"} {
			if !slices.Contains(r.Unlisted, name) {
				t.Errorf("%s is not unlisted", name)
			}
		}
	})

	t.Run("tolerates a part of a task that has not ended yet", func(t *testing.T) {
		f := canceled(t)
		f.remove("req-1/1/receipts/00002/2-000002-00000-artifacts.json")
		r := f.verify(nil)
		if len(r.Faults) > 0 {
			t.Errorf("faults: %+v", r.Faults)
		}
		if part := "req-1/1/data/artifacts/s/g/e/w/p/part-2-000002-00000.json"; !slices.Contains(r.Unlisted, part) {
			t.Errorf("%s is not unlisted", part)
		}
	})

	t.Run("needs the record of the cancellation", func(t *testing.T) {
		f := canceled(t)
		f.remove(theAttempt.Cancel())
		wantFaults(t, f.verify(nil), "missing 1/cancel.json")
	})
}

// wantFaults compares faults by kind and name.
func wantFaults(t *testing.T, r verify.Report, want ...string) {
	t.Helper()
	var got []string
	for _, f := range r.Faults {
		got = append(got, string(f.Kind)+" "+strings.TrimPrefix(f.Name, "req-1/"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("faults:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		for _, f := range r.Faults {
			t.Logf("%s: %s", f.Name, f.Detail)
		}
	}
}

func TestVerifyChecksTheSubjectByTheKeyBesideIt(t *testing.T) {
	const request, subject = "req-1/request.json", "req-1/subject.json"
	for _, c := range []damage{
		{"nothing", func(*fixture) {}, nil},
		{"another person", func(f *fixture) {
			edit(f, subject, func(s *dsr.SubjectRecord) { s.UserPrincipalName = "eve@example.org" })
		}, []string{"changed subject.json"}},
		{"another key", func(f *fixture) {
			edit(f, subject, func(s *dsr.SubjectRecord) { s.ContentKey = dsr.NewContentKey("another", "req-1") })
		}, []string{"changed subject.json"}},
		{"no key", func(f *fixture) {
			edit(f, subject, func(s *dsr.SubjectRecord) { s.ContentKey = "" })
		}, []string{"changed subject.json"}},
		{"other letters", func(f *fixture) {
			f.overwrite(subject, bytes.Replace(f.read(subject), []byte("objectId"), []byte("objectid"), 1))
		}, []string{"malformed subject.json"}},
		{"another spelling", func(f *fixture) { f.overwrite(subject, append(f.read(subject), ' ')) }, []string{"changed subject.json"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, func(f *fixture) {
				key := dsr.NewContentKey("secret", "req-1")
				edit(f, subject, func(s *dsr.SubjectRecord) { s.ContentKey = key })
				whole := stored[dsr.SubjectRecord](f, subject).Subject
				edit(f, request, func(r *dsr.RequestRecord) {
					r.ContentSHA256 = must[string](t)(r.Restore(&whole).ContentHash(r.DueDefaulted, key))
					r.ContentKeyID = key.ID()
				})
			})
			c.do(f)
			wantFaults(t, f.verify(nil), c.want...)
		})
	}
}
