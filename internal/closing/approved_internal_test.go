package closing

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

func TestADeletionWaitsForItsApprovalUntilItIsDue(t *testing.T) {
	due := time.Date(2026, 12, 24, 10, 0, 0, 0, time.UTC)
	early, late := due.Add(-time.Minute), due
	const other = "00"
	for name, tt := range map[string]struct {
		required bool
		approved string // the hash, "" for no approval, "this" for the plan's own
		begun    bool   // the first stage
		now      time.Time
		goes     bool
		givenUp  int // nodes
		told     bool
	}{
		"nobody has to approve":             {false, "", false, late, true, 0, false},
		"approved":                          {true, "this", false, early, true, 0, false},
		"approved, and carried out late":    {true, "this", true, late, true, 0, false},
		"nobody has approved yet":           {true, "", false, early, false, 0, false},
		"nobody has approved until due":     {true, "", false, late, false, 4, false},
		"altered":                           {true, other, false, early, false, 0, true},
		"altered after a stage began":       {true, other, true, early, false, 0, true},
		"altered, a stage at work when due": {true, other, true, late, false, 3, true},
	} {
		audit := archive.New(memory.New(), nil)
		l := ledger.New(audit, audit, audit)
		var log bytes.Buffer
		c := &Reconciler{
			Ledger:          l,
			RequireApproval: tt.required,
			Now:             func() time.Time { return tt.now },
			Logger:          slog.New(slog.NewTextHandler(&log, nil)),
		}
		if _, err := l.RecordRequest(t.Context(), dsr.RequestRecord{Request: dsr.Request{ID: "r", DueAt: due}}); err != nil {
			t.Fatal(err)
		}

		plan := dsr.Plan{RequestID: "r", Attempt: 1, Nodes: deletionNodes()}
		found := findings{incomplete: map[int]bool{2: true, 3: true, 4: true, 5: true}}

		if tt.begun {
			if err := ledger.RecordPages(t.Context(), l, plan.FirstTask(plan.Nodes[2]), []string{"m-1"}, 10, 1, early); err != nil {
				t.Fatal(err)
			}
		}

		const sum = "5f"

		if tt.approved != "" {
			word := dsr.Approval{RequestID: "r", PlanSHA256: strings.ReplaceAll(tt.approved, "this", sum)}
			if _, err := l.RecordApproval(t.Context(), dsr.Attempt{RequestID: "r", Number: 1}, word); err != nil {
				t.Fatal(err)
			}
		}

		goes, err := c.approved(t.Context(), plan, sum, found)
		if err != nil || goes != tt.goes {
			t.Errorf("%s: goes on %t, %v", name, goes, err)
		}

		givenUp := 0
		for _, n := range plan.Nodes {
			r, done, err := l.Receipt(t.Context(), plan.FirstTask(n))
			if err != nil {
				t.Fatal(err)
			}
			if !done {
				continue
			}

			givenUp++

			if f := r.Failures[0]; f.Reason != dsr.ReasonNotApproved || f.Error != notApproved {
				t.Errorf("%s: node %d: %+v", name, n.Number, f)
			}
		}

		if givenUp != tt.givenUp {
			t.Errorf("%s: %d nodes were given up, want %d", name, givenUp, tt.givenUp)
		}
		if told := strings.Contains(log.String(), "level=ERROR"); told != tt.told {
			t.Errorf("%s: told %t", name, told)
		}
	}
}
