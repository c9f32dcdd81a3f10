package verify_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

// TestVerifyReadsDecisionsAndAnswersToDeletes stores records beside those of a task that has
// deleted two things.
func TestVerifyReadsDecisionsAndAnswersToDeletes(t *testing.T) {
	task := dsr.Task{RequestID: "req-1", Attempt: 1, Node: "00005", Pass: 1, Page: 1, Type: "delete-runs"}
	stranger := task
	stranger.Page = 7
	decision := dsr.Decision{
		SchemaVersion: dsr.SchemaVersion,
		TaskID:        task.ID(),
		Verdict:       dsr.Go,
		DecidedAt:     theTime,
	}
	of := func(change func(*dsr.Decision)) dsr.Decision {
		d := decision
		change(&d)
		return d
	}
	proof := dsr.DeletionProof{
		Endpoint:  "D01",
		Target:    projectID,
		Item:      "one",
		Status:    204,
		DeletedAt: theTime,
	}

	for _, c := range []struct {
		what, name string
		record     any
		fault      string // "": none, and it is unlisted
	}{
		{"a decision", task.DecisionBlob(), decision, ""},
		{"a decision of another task", task.DecisionBlob(), of(func(d *dsr.Decision) { d.TaskID = stranger.ID() }), "inconsistent"},
		{"a decision that decides nothing", task.DecisionBlob(), of(func(d *dsr.Decision) { d.Verdict = "perhaps" }), "inconsistent"},
		{"a decision of no task", stranger.DecisionBlob(), of(func(d *dsr.Decision) { d.TaskID = stranger.ID() }), "foreign"},
		{"an answer, as it is recorded", task.DeletedBlob(), proof, ""},
		{"an answer to nothing", task.DeletedBlob(), dsr.DeletionProof{}, "inconsistent"},
		{"an answer to no task", stranger.DeletedBlob(), proof, "foreign"},
		{"anything", task.DeletedBlob(), []int{1}, "malformed"},
		{"a note", "req-1/1/deletes/note.txt", proof, "foreign"},
	} {
		t.Run(c.what, func(t *testing.T) {
			f := newFixture(t, func(f *fixture) {
				f.deleted([]string{"one", "two"})
				f.record(theAttempt.DeletionPlan(), inline(5, "one", "two")(f))
			})
			before := f.verify(nil)
			wantFaults(t, before)
			f.record(c.name, c.record)
			r := f.verify(nil)
			if c.fault == "" {
				wantFaults(t, r)
				if len(r.Unlisted) != len(before.Unlisted)+1 {
					t.Errorf("unlisted %v", r.Unlisted)
				}
				return
			}
			if len(r.Faults) != 1 || string(r.Faults[0].Kind) != c.fault || r.Faults[0].Name != c.name {
				t.Errorf("faults %+v, want %s %s", r.Faults, c.fault, c.name)
			}
		})
	}
}

// TestTotalsHaveNoRowThatTheCatalogueDoesNotHave renames a row of zeros, which no sum shows.
func TestTotalsHaveNoRowThatTheCatalogueDoesNotHave(t *testing.T) {
	f := newFixture(t, nil)
	rows := []string{"E02"}
	for id := range f.verify(nil).Manifest.Totals {
		rows = append(rows, id)
	}
	for row, want := range map[string][]string{"E02": nil, "E0r": {"inconsistent 1/manifest.json"}} {
		f := newFixture(t, nil)
		edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.Totals[row] = dsr.Counts{} })
		wantFaults(t, f.verify(&verify.Options{Rows: rows}), want...)
	}
}
