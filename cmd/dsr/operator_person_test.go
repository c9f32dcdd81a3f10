package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/rogpeppe/go-internal/testscript"

	"azureml-dsr/internal/dsr"
)

var sharedSpace = dsr.Target{
	Level:          dsr.MachineLearningWorkspace,
	SubscriptionID: "sub-1",
	ResourceGroup:  "group",
	Workspace:      "shared",
}

// stagePerson is `person ID planned|erased|along`: it stores a request for what belongs to one
// person in a shared workspace. Its deletions are planned, or also approved and carried out.
// Six documents only mention the person, or may be the person's.
func stagePerson(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts, args, 2)
	plan := dsr.DeletionPlan{
		ObjectID:  "o-1",
		CreatedAt: operatorNow,
		Stages: []dsr.Deletions{
			{Node: 1, Endpoint: "DW29", Type: "ml-jobs", Target: sharedSpace.ID(), Matching: 2, Items: []dsr.Planned{
				{Item: "run-1", URL: "https://arm.example/jobs/run-1"}, {Item: "run-2", URL: "https://arm.example/jobs/run-2"},
			}},
			{Node: 2, Endpoint: "DW05", Type: "ml-computes", Target: sharedSpace.ID(), Matching: 1, Items: []dsr.Planned{{Item: "ci-1", URL: "https://arm.example/computes/ci-1"}}},
		},
		Mentions: []dsr.Mention{{Endpoint: "W33", Target: sharedSpace.ID(), Item: "scoring", URL: "https://arm.example/onlineEndpoints/scoring", Owner: dsr.OwnerPossible}},
	}
	for i := range 5 {
		name := fmt.Sprintf("connection-%d", i+1)
		plan.Mentions = append(plan.Mentions, dsr.Mention{
			Endpoint: "W43",
			Target:   sharedSpace.ID(),
			Item:     name,
			URL:      "https://arm.example/connections/" + name,
		})
	}

	if args[1] == "along" { // runs that go with their jobs, and one that somebody else deleted
		plan.Stages = append(plan.Stages, dsr.Deletions{
			Node: 3, Endpoint: "DW53", Type: "ml-runs", Target: sharedSpace.ID(), Matching: 4, Items: []dsr.Planned{
				{Item: "run-1", URL: "https://arm.example/jobs/run-1"}, {Item: "run-2", URL: "https://arm.example/jobs/run-2"},
				{Item: "step-1", URL: "https://arm.example/jobs/step-1", Under: []string{"run-1"}},
				{Item: "run-9", URL: "https://arm.example/jobs/run-9"},
			},
		})
	}

	a := s.planned(ts, args[0], dsr.WhatSubject, plan)
	switch args[1] {
	case "erased":
		s.carriedOut(ts, a, func(dsr.Deletions) string { return dsr.OutcomeDeleted })
	case "along":
		s.carriedOut(ts, a, func(d dsr.Deletions) string {
			if d.Endpoint == "DW53" {
				return dsr.OutcomeAlreadyGone
			}
			return dsr.OutcomeDeleted
		})
	}
}

// stagePurged is `purged ID`: it stores a request for a whole workspace, which was gone before
// and may only be soft-deleted.
func stagePurged(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts, args, 1)
	a := s.planned(ts, args[0], "", dsr.DeletionPlan{
		ObjectID: "o-1", CreatedAt: operatorNow,
		Stages: []dsr.Deletions{{
			Node: 1, Endpoint: "DW03", Type: "ml-workspaces", Target: sharedSpace.ID(), Container: true, Matching: 3, Others: 4,
			Items: []dsr.Planned{{Item: sharedSpace.ID(), URL: "https://arm.example/shared?forceToPurge=true"}},
		}},
	})
	s.carriedOut(ts, a, func(dsr.Deletions) string { return dsr.OutcomeSoftDeleted })
}

// planned stores a request, a plan with a node for each stage, and the deletion plan.
func (s *stage) planned(ts *testscript.TestScript, id, what string, deletions dsr.DeletionPlan) dsr.Attempt {
	ctx := context.Background()
	a := dsr.Attempt{RequestID: id, Number: 1}
	s.open(ts, deleting(id, what))

	plan := dsr.Plan{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     id,
		Attempt:       1,
		Kind:          dsr.KindDelete,
		CreatedAt:     operatorNow,
	}
	for _, d := range deletions.Stages {
		plan.Nodes = append(plan.Nodes, dsr.Node{Number: d.Node, Type: dsr.DeleteType(d.Type), Target: d.Target})
	}

	_, err := s.Ledger.RecordPlan(ctx, plan)
	ts.Check(err)
	deletions.RequestID, deletions.Attempt = id, 1
	_, _, err = s.Ledger.RecordDeletionPlan(ctx, deletions)
	ts.Check(err)

	return a
}

// carriedOut stores the approval of a plan, the outcome of everything in each of its stages,
// and the manifest.
func (s *stage) carriedOut(ts *testscript.TestScript, a dsr.Attempt, outcomeOf func(dsr.Deletions) string) {
	ctx := context.Background()
	deletions := s.approve(ts, a, "officer@example.org")
	plan, _, err := s.Ledger.Plan(ctx, a)
	ts.Check(err)

	for i, d := range deletions.Stages {
		task := plan.FirstTask(plan.Nodes[i])
		receipt := dsr.NewReceipt(task, dsr.Succeeded, operatorNow)
		for _, thing := range d.Items {
			receipt.Tally(proved(d, thing, http.StatusAccepted, outcomeOf(d)), false, 0, d.Target)
		}

		_, err = s.Ledger.RecordReceipt(ctx, task, receipt)
		ts.Check(err)
	}

	s.close(ts, a)
}
