package closing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/ledger/ledgertest"
)

// withCrashes makes the plan by as many calls as it takes. One breaks off at every so
// many parts of the plan: what planning has not saved by then is lost.
func (b *planningFixture) withCrashes(request dsr.RequestRecord, every int) (plan dsr.DeletionPlan, crashes int) {
	b.T.Helper()
	store := archive.New(&failing{
		Backend: b.Store,
		folder:  dsr.Attempt{RequestID: "r", Number: 1}.PlanParts(),
		fails:   func(puts int) bool { return every > 0 && puts%every == 0 },
	}, nil)
	b.Ledger = ledger.New(store, store, store)

	for range 1000 {
		plan, done, err := b.planDeletions(context.Background(), b.Plan, request)
		switch {
		case errors.Is(err, errCrash):
			crashes++
		case err != nil:
			b.T.Fatal(err)
		case done:
			return plan, crashes
		}
	}

	b.T.Fatal("it does not end")

	return plan, crashes
}

// runsTwice returns 5,600 runs. The list names the 250th again, distance entries later.
func runsTwice(target, endpoint string, distance int) (documents []ledgertest.Document, once []string) {
	for i := range 5600 {
		if i == 249+distance {
			documents = append(documents, ledgertest.Document{
				Target:   target,
				Endpoint: endpoint,
				Item:     "run-00249",
				Own:      dsr.OwnerSubject,
			})
		}
		item := fmt.Sprintf("run-%05d", i)
		documents = append(documents, ledgertest.Document{
			Target:   target,
			Endpoint: endpoint,
			Item:     item,
			Own:      dsr.OwnerSubject,
		})
		once = append(once, item)
	}
	return documents, once
}

func TestAThingThatAListNamesTwiceIsPlannedOnce(t *testing.T) {
	rows := []dsr.DeletionType{
		{ID: "DW53", Type: "ml-runs", Reads: "W53", Level: dsr.MachineLearningExperiment, Personal: true},
		{ID: "DW56", Type: "ml-run-metrics", Reads: "W56", Level: dsr.MachineLearningExperiment, Personal: true, ItemsOf: "ml-runs"},
	}

	const experiment = testSpace + "/experimentids/e"
	for _, distance := range []int{1, 999, 1000, 1001, 5000} {
		for how, tt := range map[string]struct {
			step    time.Duration
			crashes int // at every nth part
			what    string
		}{
			"in one call":          {0, 0, ""},
			"with crashes":         {20 * time.Second, 3, ""},
			"of the subject alone": {20 * time.Second, 3, dsr.WhatSubject},
		} {
			t.Run(fmt.Sprintf("%d further on, %s", distance, how), func(t *testing.T) {
				b := newPlanningFixture(t, rows)
				documents, once := runsTwice(experiment, "W53", distance)
				b.Read(b.Node("ml-runs", experiment), documents, 50, 250)
				b.Node(dsr.DeleteType("ml-runs"), experiment)
				b.Node(dsr.DeleteType("ml-run-metrics"), experiment)

				b.Step = tt.step
				plan, crashes := b.withCrashes(dsr.RequestRecord{Request: dsr.Request{ID: "r", What: tt.what}}, tt.crashes)
				if (crashes > 0) != (tt.crashes > 0) {
					t.Errorf("%d crashes", crashes)
				}

				for node, got := range b.things(plan) {
					if !slices.Equal(got, once) {
						t.Errorf("node %d has %d things, want each of %d once", node, len(got), len(once))
					}
				}

				for _, stage := range plan.Stages {
					if stage.Matching != 5600 || stage.Others != 0 || stage.Things() != 5600 {
						t.Errorf("node %d counts %d and %d of others, of %d", stage.Node, stage.Matching, stage.Others, stage.Things())
					}
				}
			})
		}
	}
}

// The same name in another place, or of another type, is another thing.
func TestAThingOfTheSameNameElsewhereIsPlannedToo(t *testing.T) {
	rows := []dsr.DeletionType{
		{ID: "DW45v", Type: "ml-featureset-versions", Reads: "W45v", Level: dsr.FeatureSet},
		{ID: "DW13", Type: "ml-models", Reads: "W13", Level: dsr.MachineLearningWorkspace},
		{ID: "DW15", Type: "ml-model-versions", Reads: "W15", Level: dsr.MachineLearningWorkspace},
	}

	const one, other = testSpace + "/featuresets/one", testSpace + "/featuresets/other"
	for _, step := range []time.Duration{0, time.Minute} {
		b := newPlanningFixture(t, rows)
		for _, target := range []string{one, other} {
			b.Read(b.Node("ml-featureset-versions", target), []ledgertest.Document{{Endpoint: "W45v", Item: "1"}, {Endpoint: "W45v", Item: "2"}}, 1, 2)
		}

		n := b.Node("ml-models", testSpace)
		n.Followers = []string{"ml-model-versions"}
		b.Plan.Nodes[n.Number-1] = n
		b.Read(n, []ledgertest.Document{{Endpoint: "W13", Item: "1"}}, 1, 2)
		task := b.Plan.FirstTask(n)
		task.Type = "ml-model-versions"
		b.Record(task, []ledgertest.Document{{Endpoint: "W15", Item: "1"}})

		for _, target := range []string{one, other} {
			b.Node(dsr.DeleteType("ml-featureset-versions"), target)
		}

		b.Node(dsr.DeleteType("ml-models"), testSpace)
		b.Node(dsr.DeleteType("ml-model-versions"), testSpace)

		b.Step = step
		plan, _ := b.planned(dsr.RequestRecord{Request: dsr.Request{ID: "r"}})
		got := b.things(plan)
		if fmt.Sprint(got) != "map[4:[1 2] 5:[1 2] 6:[1] 7:[1]]" {
			t.Errorf("with %s between two looks at the clock: planned %v", step, got)
		}
	}
}
