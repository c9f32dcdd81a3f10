package closing_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// Whether a hold keeps an attempt may take several runs to find out. Nothing of it goes
// before that is known.
func TestAHoldOnADocumentIsLookedForInSeveralRuns(t *testing.T) {
	const pages = 12_000 // of which a run of 8 s reads fewer than 9,000
	for name, tt := range map[string]struct {
		on   string
		kept bool
	}{
		"no page names it":      {"nothing", false},
		"the last page does":    {fmt.Sprint("doc-", pages-1), true},
		"a page amidst does so": {fmt.Sprint("doc-", pages/2), true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVault()
				want := v.expired(t, "r", 10)
				a := dsr.Attempt{RequestID: "r", Number: 1}
				plan := dsr.Plan{RequestID: "r", Attempt: 1, Nodes: []dsr.Node{{Number: 1, Type: "models", Target: "/subscriptions/s"}}}
				must(t, v.audit.Delete(t.Context(), a.Plan()))
				quick := archive.New(v.audit, nil)
				l := ledger.New(quick, quick, quick)
				_, err := l.RecordPlan(t.Context(), plan)
				must(t, err)

				for page := range pages {
					of := plan.FirstTask(plan.Nodes[0])
					of.Page = page + 1
					_, _, err := l.RecordPage(t.Context(), of, dsr.NewPage(of, []string{fmt.Sprint("doc-", page)}, nil, 1))
					must(t, err)
				}

				_, err = l.RecordHold(t.Context(), dsr.Hold{ID: "h", Number: 1, On: tt.on})
				must(t, err)

				for run := range 5 {
					r, _ := v.retention(8 * time.Second) // of a new process
					must(t, r.Run(t.Context()))
					if run == 0 && v.left(v.exports, a.Prefix()) != 10 {
						t.Fatal("something is removed, and not all pages are passed")
					}
				}

				if tt.kept {
					if n := v.left(v.exports, a.Prefix()); n != 10 || v.left(v.audit, a.Retention()) > 0 {
						t.Errorf("a hold keeps it, and %d of 10 documents are left", n)
					}
					return
				}

				v.checkGone(t, want)
			})
		})
	}
}
