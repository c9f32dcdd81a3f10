package main

import (
	"context"

	"github.com/rogpeppe/go-internal/testscript"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/ledger/ledgertest"
)

// stageDeletion is what `planned` and `erased` store of a request that deletes three
// models, of which a hold keeps one.
func stageDeletion(ts *testscript.TestScript, id string) (*stage, dsr.Attempt, dsr.DeletionPlan) {
	s := stageOf(ts, []string{id}, 1)
	ctx := context.Background()
	a := dsr.Attempt{RequestID: id, Number: 1}
	account := dsr.Target{
		Level:          dsr.HostingAccount,
		SubscriptionID: "sub-1",
		ResourceGroup:  "group",
		Location:       "eastus2",
		Account:        "hosting",
	}
	request := dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            id,
		Kind:          dsr.KindDelete,
		DueAt:         operatorNow.AddDate(0, 0, 20),
		SubmittedBy:   "desk@example.org",
		Subject:       &dsr.Subject{ObjectID: "o-1"},
		Scope:         []dsr.Scope{{SubscriptionID: "sub-1", ResourceGroup: "group"}},
	}

	ts.Check(openIndex(ctx, s, dsr.OpenRecord{RequestID: id, Attempt: 1, DueAt: request.DueAt}))
	_, err := s.Ledger.RecordRequest(ctx, dsr.NewRequestRecord(request, "", false, operatorNow))
	ts.Check(err)
	_, err = s.Ledger.RecordPlan(ctx, dsr.Plan{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     id,
		Attempt:       1,
		Kind:          dsr.KindDelete,
		CreatedAt:     operatorNow,
		Nodes:         []dsr.Node{{Number: 1, Type: dsr.DeleteType("models"), Target: account.ID(), Location: account.Location}},
	})

	ts.Check(err)
	plan, _, err := s.Ledger.RecordDeletionPlan(ctx, dsr.DeletionPlan{
		RequestID: id,
		Attempt:   1,
		ObjectID:  "o-1",
		CreatedAt: operatorNow,
		Stages: []dsr.Deletions{{Node: 1, Endpoint: "D02", Type: "models", Target: account.ID(), Items: []dsr.Planned{
			{Item: "m-1", URL: "https://eastus2.example/models/m-1"}, {Item: "m-2", URL: "https://eastus2.example/models/m-2"},
			{Item: "m-3", URL: "https://eastus2.example/models/m-3"},
		}}},
		Held: []dsr.Held{{Endpoint: "D02", Target: account.ID(), Item: "m-2", Hold: "h-1", Reason: "case 4711"}},
	})

	ts.Check(err)

	return s, a, plan
}

// stagePlanned is `planned ID`: it stores a request whose deletions are planned.
func stagePlanned(ts *testscript.TestScript, _ bool, args []string) { stageDeletion(ts, args[0]) }

// stageErased is `erased ID`: it stores a request that is approved, carried out and closed.
// The deletion of one model was given up.
func stageErased(ts *testscript.TestScript, _ bool, args []string) {
	s, a, plan := stageDeletion(ts, args[0])
	ctx := context.Background()
	_, sum, _, err := s.Ledger.DeletionPlan(ctx, a)
	ts.Check(err)
	_, err = s.Ledger.RecordApproval(ctx, a, dsr.Approval{
		RequestID:  a.RequestID,
		PlanSHA256: sum,
		ApprovedBy: "officer@example.org",
		ApprovedAt: operatorNow,
	})
	ts.Check(err)
	stored, _, err := s.Ledger.Plan(ctx, a)
	ts.Check(err)
	task := stored.FirstTask(stored.Nodes[0])
	receipt := dsr.NewReceipt(task, dsr.Succeeded, operatorNow)
	for i, outcome := range []string{dsr.OutcomeDeleted, dsr.OutcomeHeld} {
		item := plan.Stages[0].Items[i]
		e := dsr.Entry{
			Endpoint: "D02",
			Item:     item.Item,
			Status:   200,
			Deletion: &dsr.DeletionProof{
				Endpoint: "D02",
				Target:   plan.Stages[0].Target,
				Item:     item.Item,
				URL:      item.URL,
				Outcome:  outcome,
			},
		}
		if outcome == dsr.OutcomeHeld {
			e.Error = &dsr.ItemError{Code: dsr.ReasonHeld, Message: "Held: D02: a hold keeps it"}
		}
		receipt.Tally(e, false, 0, plan.Stages[0].Target)
	}

	_, err = s.Ledger.RecordReceipt(ctx, task, receipt)
	ts.Check(err)
	task.Chunk = 1
	givenUp := dsr.NewReceipt(task, dsr.Failed, operatorNow)
	givenUp.Fail(dsr.Failure{
		Endpoint: "D02",
		Target:   plan.Stages[0].Target,
		Item:     "m-3",
		Reason:   dsr.ReasonTransient,
		Error:    "given up after 6 tries",
	})
	_, err = s.Ledger.RecordReceipt(ctx, task, givenUp)
	ts.Check(err)
	request, _, err := s.Ledger.Request(ctx, a.RequestID)
	ts.Check(err)
	_, _, err = ledgertest.Close(ctx, s.Ledger, ledger.Closing{Attempt: a, Request: request, At: operatorNow}, nil, ledgertest.Recorded(ctx, s.Ledger, a))
	ts.Check(err)
	ts.Check(s.Ledger.RemoveOpen(ctx, a))
}

// stageAgain is `again ID`: it stores the next attempt of an erased request. The hold was
// released, so the held model is deleted now.
func stageAgain(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts, args, 1)
	ctx := context.Background()
	first := dsr.Attempt{RequestID: args[0], Number: 1}
	plan, _, err := s.Ledger.Plan(ctx, first)
	ts.Check(err)
	deletions, _, _, err := s.Ledger.DeletionPlan(ctx, first)
	ts.Check(err)
	_, manifest, _, err := s.Ledger.Manifest(ctx, first)
	ts.Check(err)
	_, err = s.Ledger.RecordRetry(ctx, dsr.Retry{
		RequestID:   args[0],
		Attempt:     2,
		Previous:    dsr.HashRef{SHA256: manifest},
		RequestedAt: operatorNow,
	})
	ts.Check(err)
	plan.Attempt, deletions.Attempt, deletions.Held = 2, 2, []dsr.Held{}
	deletions.Stages[0].Items = deletions.Stages[0].Items[1:2]
	_, err = s.Ledger.RecordPlan(ctx, plan)
	ts.Check(err)
	_, sum, err := s.Ledger.RecordDeletionPlan(ctx, deletions)
	ts.Check(err)
	second := dsr.Attempt{RequestID: args[0], Number: 2}
	_, err = s.Ledger.RecordApproval(ctx, second, dsr.Approval{
		RequestID:  args[0],
		PlanSHA256: sum,
		ApprovedBy: "deputy@example.org",
		ApprovedAt: operatorNow,
	})
	ts.Check(err)
	task := plan.FirstTask(plan.Nodes[0])
	receipt := dsr.NewReceipt(task, dsr.Succeeded, operatorNow)
	item := deletions.Stages[0].Items[0]
	receipt.Tally(dsr.Entry{
		Endpoint: "D02",
		Item:     item.Item,
		Status:   200,
		Deletion: &dsr.DeletionProof{
			Endpoint: "D02",
			Target:   plan.Nodes[0].Target,
			Item:     item.Item,
			URL:      item.URL,
			Outcome:  dsr.OutcomeDeleted,
		},
	}, false, 0, plan.Nodes[0].Target)
	_, err = s.Ledger.RecordReceipt(ctx, task, receipt)
	ts.Check(err)
	request, _, err := s.Ledger.Request(ctx, args[0])
	ts.Check(err)
	_, _, err = ledgertest.Close(ctx, s.Ledger, ledger.Closing{Attempt: second, Request: request, At: operatorNow}, nil, ledgertest.Recorded(ctx, s.Ledger, second))
	ts.Check(err)
}
