package main

import (
	"context"
	"fmt"

	"github.com/rogpeppe/go-internal/testscript"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/ledger/ledgertest"
)

var sharedSpace = dsr.Target{
	Level:          dsr.MachineLearningWorkspace,
	SubscriptionID: "sub-1",
	ResourceGroup:  "group",
	Workspace:      "shared",
}

// stagePerson is `person ID planned|erased`: a request for one person's own in a
// shared workspace, whose deletions are planned, or also approved and carried out.
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

	a := s.planned(ts, args[0], dsr.WhatSubject, plan)

	if args[1] == "erased" {
		s.carriedOut(ts, a, dsr.OutcomeDeleted)
	}
}

// stagePurged is `purged ID`: a request for a whole workspace, which was gone before
// and perhaps only softly.
func stagePurged(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts, args, 1)
	a := s.planned(ts, args[0], "", dsr.DeletionPlan{
		ObjectID: "o-1", CreatedAt: operatorNow,
		Stages: []dsr.Deletions{{
			Node: 1, Endpoint: "DW03", Type: "ml-workspaces", Target: sharedSpace.ID(), Container: true, Matching: 3, Others: 4,
			Items: []dsr.Planned{{Item: sharedSpace.ID(), URL: "https://arm.example/shared?forceToPurge=true"}},
		}},
	})
	s.carriedOut(ts, a, dsr.OutcomeSoftDeleted)
}

// planned stores a request, the plan of a node for each stage, and the plan of what
// they delete.
func (s *stage) planned(ts *testscript.TestScript, id, what string, deletions dsr.DeletionPlan) dsr.Attempt {
	ctx := context.Background()
	a := dsr.Attempt{RequestID: id, Number: 1}
	request := dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            id,
		Kind:          dsr.KindDelete,
		What:          what,
		DueAt:         operatorNow.AddDate(0, 0, 20),
		SubmittedBy:   "desk@example.org",
		Subject:       &dsr.Subject{ObjectID: "o-1"},
		Scope:         []dsr.Scope{{SubscriptionID: "sub-1", ResourceGroup: "group"}},
	}

	ts.Check(openIndex(ctx, s, dsr.OpenRecord{RequestID: id, Attempt: 1, DueAt: request.DueAt}))
	_, err := s.Ledger.RecordRequest(ctx, dsr.NewRequestRecord(request, "", false, operatorNow))
	ts.Check(err)
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

	_, err = s.Ledger.RecordPlan(ctx, plan)
	ts.Check(err)
	deletions.RequestID, deletions.Attempt = id, 1
	_, _, err = s.Ledger.RecordDeletionPlan(ctx, deletions)
	ts.Check(err)

	return a
}

// carriedOut stores that a plan was approved, what became of all that it names, and
// the manifest.
func (s *stage) carriedOut(ts *testscript.TestScript, a dsr.Attempt, outcome string) {
	ctx := context.Background()
	deletions, sum, _, err := s.Ledger.DeletionPlan(ctx, a)
	ts.Check(err)
	_, err = s.Ledger.RecordApproval(ctx, a, dsr.Approval{
		RequestID:  a.RequestID,
		PlanSHA256: sum,
		ApprovedBy: "officer@example.org",
		ApprovedAt: operatorNow,
	})
	ts.Check(err)
	plan, _, err := s.Ledger.Plan(ctx, a)
	ts.Check(err)

	for i, d := range deletions.Stages {
		task := plan.FirstTask(plan.Nodes[i])
		receipt := dsr.NewReceipt(task, dsr.Succeeded, operatorNow)
		for _, item := range d.Items {
			e := dsr.Entry{
				Endpoint: d.Endpoint,
				Item:     item.Item,
				Status:   202,
				Deletion: &dsr.DeletionProof{
					Endpoint: d.Endpoint,
					Target:   d.Target,
					Item:     item.Item,
					URL:      item.URL,
					Outcome:  outcome,
				},
			}
			if outcome == dsr.OutcomeSoftDeleted {
				e.Error = &dsr.ItemError{Code: dsr.ReasonSoftDeleted, Message: "SoftDeleted: " + d.Endpoint + ": nobody has seen it purged"}
			}
			receipt.Tally(e, false, 0, d.Target)
		}

		_, err = s.Ledger.RecordReceipt(ctx, task, receipt)
		ts.Check(err)
	}

	request, _, err := s.Ledger.Request(ctx, a.RequestID)
	ts.Check(err)
	_, _, err = ledgertest.Close(ctx, s.Ledger, ledger.Closing{Attempt: a, Request: request, At: operatorNow}, nil, ledgertest.Recorded(ctx, s.Ledger, a))
	ts.Check(err)
	ts.Check(s.Ledger.RemoveOpen(ctx, a))
}
