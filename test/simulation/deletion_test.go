package simulation_test

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

func TestADeletionIsPlannedApprovedAndProved(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		if n := w.deletes(); len(n) > 0 {
			t.Fatalf("deleted before anybody approved: %v", n)
		}

		plan := w.plans()
		var order []string
		for _, s := range plan.Stages {
			order = append(order, s.Endpoint)
		}

		if want := []string{"D04", "D05", "D03", "D02", "D01", "D06", "D06", "D07", "D08"}; !slices.Equal(order, want) {
			t.Errorf("planned %v, want %v", order, want)
		}

		w.approve(nil)
		w.run(2 * time.Hour)
		m := w.manifest()
		if m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		want := map[string]int{"D01": 1, "D02": 3, "D03": 3, "D04": 2, "D05": 3, "D06": 2, "D07": 1, "D08": 1}
		if got := planned(plan); !maps.Equal(got, want) {
			t.Errorf("planned %v, want %v", got, want)
		}
		if got := w.deletes(); !maps.Equal(got, want) {
			t.Errorf("the upstream served %v DELETEs, want %v", got, want)
		}

		proofs := w.proofs()
		if len(proofs) != 16 {
			t.Errorf("%d proofs, want one for each thing", len(proofs))
		}

		r, err := verify.Verify(t.Context(), twoContainers{archive.New(w.audit, nil), archive.New(w.exports, nil)}, attempt1, &verify.Options{Same: map[string]string{"E24": "E19"}})
		if err != nil || len(r.Faults) > 0 || m.DeletionPlan == nil || m.Approval == nil {
			t.Errorf("verify: %v %+v", err, r.Faults)
		}

		for id, n := range want {
			if m.Totals[id].Documents != int64(n) {
				t.Errorf("%s: %d deleted, want %d", id, m.Totals[id].Documents, n)
			}
		}

		for what, outcome := range proofs {
			if outcome != dsr.OutcomeDeleted {
				t.Errorf("%s: %s", what, outcome)
			}
		}

		for _, name := range w.names(w.exports, attempt1.Prefix()+"data/runs/") {
			if body := readBlob(t, w.exports, name); strings.Contains(name, "/part-") && !strings.Contains(string(body), `"document":null`) {
				t.Errorf("%s keeps a copy: %.200s", name, body)
			}
		}
	})
}

// opened counts how often a blob is read.
type opened struct {
	archive.Backend
	name  string
	times *int
}

func (o opened) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	if name == o.name {
		*o.times++
	}
	return o.Backend.Open(ctx, name, offset)
}

func TestADeletionPlanIsNotReadByEachTaskAnew(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		w.approve(nil)
		times := 0
		w.audit, w.live = opened{w.audit, attempt1.DeletionPlan(), &times}, nil
		w.run(2 * time.Hour)
		if m := w.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s %v", m.Status, m.Failures)
		}

		if times > 2 { // once by the process, and once as it is to be vouched for
			t.Errorf("16 tasks read it %d times", times)
		}
	})
}

func TestAContainersPlanCountsWhoseDocumentsItTakes(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)

		for _, s := range w.plans().Stages {
			if s.Container != (s.Matching+s.Others > 0) {
				t.Errorf("%s counts %d matching and %d others", s.Endpoint, s.Matching, s.Others)
			}
			// Three runs, of which the first is the subject's.
			if s.Endpoint == "D06" && (s.Matching == 0 || s.Others < 2) {
				t.Errorf("D06 counts %d matching and %d others", s.Matching, s.Others)
			}

			for _, item := range s.Items {
				if item.URL == "" {
					t.Errorf("%s %+v", s.Endpoint, item)
				}
			}
		}
	})
}
