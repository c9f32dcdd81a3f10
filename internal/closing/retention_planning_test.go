package closing_test

import (
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
)

// planned stores what planning a deletion stores.
func (v *vault) planned(t *testing.T, a dsr.Attempt) {
	t.Helper()
	for _, keys := range []string{"one key.", "another."} {
		_, err := v.records().SavePlanningKeys(t.Context(), a, []byte(keys))
		must(t, err)
	}
	must(t, v.records().SavePlanning(t.Context(), dsr.Planning{RequestID: a.RequestID, Attempt: a.Number}))
}

// A reconciler that lost its claim may save its progress after another one closed the
// attempt and removed all progress.
func TestPlanningThatWasSavedAfterTheClosingIsRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		closed, open := dsr.Attempt{RequestID: "late", Number: 1}, dsr.Attempt{RequestID: "late", Number: 12}
		must(t, v.audit.Put(t.Context(), closed.Manifest(), []byte("{}"), nil))
		v.planned(t, closed)
		v.planned(t, open)
		must(t, v.index.Put(t.Context(), dsr.PlanningPrefix+"what is this", []byte("{}"), nil))

		r, _ := v.retention(time.Minute)
		if err := r.Run(t.Context()); err == nil {
			t.Error("the name that cannot be read is not reported")
		}
		if n := v.left(v.index, closed.PlanningBlobs()); n > 0 {
			t.Errorf("%d blobs of the closed attempt's planning are left", n)
		}
		if n := v.left(v.index, open.PlanningBlobs()); n != 3 {
			t.Errorf("%d blobs of the open attempt's planning are left, want all 3", n)
		}
	})
}

// While documents are kept their attempts cost no call.
func TestAttemptsWhoseDocumentsAreKeptCostNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		for _, id := range []string{"one", "two", "three"} {
			a := dsr.Attempt{RequestID: id, Number: 1}
			must(t, v.audit.Put(t.Context(), a.Manifest(), []byte("{}"), nil))
			must(t, v.index.Put(t.Context(), a.Expires(time.Now().Add(24*time.Hour)), []byte("{}"), nil))
		}

		r, _ := v.retention(time.Minute)
		must(t, r.Run(t.Context()))

		if calls := v.counts(); calls["all"] != 2 {
			t.Errorf("%v, want a listing of what expires and one of what is planned", calls)
		}
	})
}
