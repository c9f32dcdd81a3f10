package closing_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/closing"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/wakeup"
)

func TestAnApprovalIsTakenOnlyWhileItMeansSomething(t *testing.T) {
	a := dsr.Attempt{RequestID: "r", Number: 1}
	due := time.Date(2026, 12, 24, 10, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		dryRun, closed bool
		extended       bool   // the deadline
		before         string // who has approved before
		at             time.Time
		refused        string // what the reason says, "" for taken
		by             string // whose approval is stored then
	}{
		"in time":                          {at: due.Add(-time.Hour), by: "officer"},
		"at the deadline":                  {at: due, refused: "was due"},
		"late":                             {at: due.Add(time.Hour), refused: "was due"},
		"late, but the deadline was moved": {extended: true, at: due.Add(time.Hour), by: "officer"},
		"to a dry run":                     {dryRun: true, at: due.Add(-time.Hour), refused: "dry run"},
		"after the attempt was closed":     {closed: true, at: due.Add(-time.Hour), refused: "closed"},
		"a second time":                    {before: "officer", at: due.Add(-time.Hour), by: "officer"},
		"after another one":                {before: "another", at: due.Add(-time.Hour), by: "another"},
		"delivered again after closing":    {before: "officer", closed: true, at: due.Add(time.Hour), by: "officer"},
	} {
		store := memory.New()
		l := ledger.New(archive.New(store, nil), archive.New(store, nil), archive.New(memory.New(), nil))
		record := dsr.RequestRecord{Request: dsr.Request{
			ID:          "r",
			SubmittedBy: "desk",
			DryRun:      tt.dryRun,
			DueAt:       due,
		}}
		if _, err := l.RecordRequest(t.Context(), record); err != nil {
			t.Fatal(err)
		}
		_, sum, err := l.RecordDeletionPlan(t.Context(), dsr.DeletionPlan{RequestID: "r", Attempt: 1})
		if err != nil {
			t.Fatal(err)
		}

		if tt.before != "" {
			if _, err := l.RecordApproval(t.Context(), a, dsr.Approval{RequestID: "r", PlanSHA256: sum, ApprovedBy: tt.before}); err != nil {
				t.Fatal(err)
			}
		}

		if tt.closed {
			if err := store.Put(t.Context(), a.Manifest(), []byte("{}"), nil); err != nil {
				t.Fatal(err)
			}
		}

		if tt.extended {
			if _, err := l.RecordExtension(t.Context(), dsr.Extension{RequestID: "r", DueAt: due, Until: due.Add(24 * time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}

		now := func() time.Time { return tt.at }
		v := closing.Approvals{
			Ledger:  l,
			Wakeups: wakeup.New(&sent{}, now),
			Now:     now,
			Logger:  slog.New(slog.DiscardHandler),
		}
		word, err := json.Marshal(map[string]string{"requestId": "r", "planSha256": sum, "approvedBy": "officer"})
		if err != nil {
			t.Fatal(err)
		}

		err = v.Accept(t.Context(), word)
		if (err != nil) != (tt.refused != "") || (err != nil && (dsr.ReasonOf(err) != dsr.ReasonInvalidApproval || !strings.Contains(err.Error(), tt.refused))) {
			t.Errorf("%s: %v", name, err)
		}
		if stored, _, err := l.Approval(t.Context(), a); err != nil || stored.ApprovedBy != tt.by {
			t.Errorf("%s: the stored approval is %+v, %v", name, stored, err)
		}
	}
}
