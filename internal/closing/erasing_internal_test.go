package closing

import (
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// deletionNodes returns a node that is read, one that reads back, two that delete and one
// that removes copies.
func deletionNodes() []dsr.Node {
	const account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningModelManagement/accounts/h"
	var nodes []dsr.Node
	for i, typ := range []string{"models", dsr.ReadBack, dsr.DeleteType("models"), dsr.DeleteType("hosting-account"), dsr.EraseExports} {
		nodes = append(nodes, dsr.Node{Number: i + 1, Type: typ, Target: account})
	}
	return nodes
}

func TestOnlyWhatIsReadFirstKeepsEverythingFromBeingDeleted(t *testing.T) {
	plan := dsr.Plan{Nodes: deletionNodes()}
	for i, n := range plan.Nodes {
		want := n.Number <= 2
		f := findings{failed: map[int]bool{n.Number: true}}
		if got := f.failedReading(plan); got != want {
			t.Errorf("a failure of %s: %t, want %t", n.Type, got, want)
		}

		planned := dsr.Plan{Nodes: deletionNodes()}
		planned.Nodes[i].Failed = &dsr.Failure{}

		if got := (&findings{}).failedReading(planned); got != n.Deletes() {
			t.Errorf("%s was planned as failed: %t, want %t", n.Type, got, n.Deletes())
		}
	}
}

func TestWhatHasBegunIsNotGivenUp(t *testing.T) {
	audit := archive.New(memory.New(), nil)
	l := ledger.New(audit, audit, audit)
	c := &Reconciler{Ledger: l, Now: time.Now, Deletions: []dsr.DeletionType{{ID: "D02", Type: "models"}, {ID: "D01", Type: "hosting-account"}}}
	plan := dsr.Plan{RequestID: "r", Attempt: 1, Nodes: deletionNodes()}
	begun, waiting, done := plan.Nodes[2], plan.Nodes[3], plan.Nodes[4]
	if err := ledger.RecordPages(t.Context(), l, plan.FirstTask(begun), []string{"m-1"}, 10, 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	found := findings{incomplete: map[int]bool{begun.Number: true, waiting.Number: true}}
	if err := c.giveUpDeletions(t.Context(), plan, found, dsr.ReasonInventoryFailed, "why"); err != nil {
		t.Fatal(err)
	}

	for _, n := range []dsr.Node{begun, done} {
		if _, found, err := l.Receipt(t.Context(), plan.FirstTask(n)); found || err != nil {
			t.Errorf("%s was given up: %v", n.Type, err)
		}
	}

	r, given, err := l.Receipt(t.Context(), plan.FirstTask(waiting))
	if err != nil || !given || r.Outcome != dsr.Failed || r.Failures[0].Reason != dsr.ReasonInventoryFailed || r.Failures[0].Endpoint != "D01" {
		t.Errorf("%s: receipt %+v, %v", waiting.Type, r, err)
	}
}

func TestOnlySoManyAttemptsOrderTheNextOne(t *testing.T) {
	grown := dsr.Manifest{Failures: []dsr.Failure{{Reason: dsr.ReasonGrownSincePlan}}}
	for name, tt := range map[string]struct {
		attempt int
		m       dsr.Manifest
		planned bool // the next one
		orders  bool
	}{
		"something has grown":              {4, grown, false, true},
		"nothing has grown":                {4, dsr.Manifest{Failures: []dsr.Failure{{Reason: dsr.ReasonHeld}}}, false, false},
		"it was the last one":              {maxPlans, grown, false, false},
		"the next one has its plan by now": {1, grown, true, false},
	} {
		audit := archive.New(memory.New(), nil)
		l := ledger.New(audit, audit, audit)
		c := &Reconciler{Ledger: l, Now: time.Now}
		next := dsr.Attempt{RequestID: "r", Number: tt.attempt + 1}

		if tt.planned {
			if _, err := l.RecordPlan(t.Context(), dsr.Plan{RequestID: "r", Attempt: next.Number}); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.orderNextAttempt(t.Context(), next.Before(), tt.m); err != nil {
			t.Fatal(err)
		}
		if _, ordered, err := l.Retry(t.Context(), next); err != nil || ordered != tt.orders {
			t.Errorf("%s: ordered %t, %v", name, ordered, err)
		}
	}
}
