package main

import (
	"context"
	"net/http"

	"github.com/rogpeppe/go-internal/testscript"

	"azureml-dsr/internal/dsr"
)

// stageDeletion stores a request that deletes three models, of which a hold keeps one, and
// its deletion plan.
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
	s.open(ts, deleting(id, ""))

	_, err := s.Ledger.RecordPlan(ctx, dsr.Plan{
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

	// The hold that the plan names is in force.
	_, err = s.Ledger.RecordHold(ctx, dsr.Hold{
		ID:     "h-1",
		Number: 1,
		On:     "m-2",
		Reason: "case 4711",
		At:     operatorNow,
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
	s.approve(ts, a, "officer@example.org")
	stored, _, err := s.Ledger.Plan(ctx, a)
	ts.Check(err)
	models := plan.Stages[0]

	task := stored.FirstTask(stored.Nodes[0])
	receipt := dsr.NewReceipt(task, dsr.Succeeded, operatorNow)
	for i, outcome := range []string{dsr.OutcomeDeleted, dsr.OutcomeHeld} {
		receipt.Tally(proved(models, models.Items[i], http.StatusOK, outcome), false, 0, models.Target)
	}
	_, err = s.Ledger.RecordReceipt(ctx, task, receipt)
	ts.Check(err)

	task.Chunk = 1
	givenUp := dsr.NewReceipt(task, dsr.Failed, operatorNow)
	givenUp.Fail(dsr.Failure{
		Endpoint: models.Endpoint,
		Target:   models.Target,
		Item:     "m-3",
		Reason:   dsr.ReasonTransient,
		Error:    "given up after 6 tries",
	})
	_, err = s.Ledger.RecordReceipt(ctx, task, givenUp)
	ts.Check(err)

	s.close(ts, a)
}

// stageAgain is `again ID`: it stores the next attempt of an erased request. The hold was
// released, so the held model is deleted now.
func stageAgain(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts, args, 1)
	ctx := context.Background()
	first, second := dsr.Attempt{RequestID: args[0], Number: 1}, dsr.Attempt{RequestID: args[0], Number: 2}
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
	plan.Attempt = 2
	_, err = s.Ledger.RecordPlan(ctx, plan)
	ts.Check(err)

	deletions.Attempt, deletions.Held = 2, []dsr.Held{}
	deletions.Stages[0].Items = deletions.Stages[0].Items[1:2]
	_, _, err = s.Ledger.RecordDeletionPlan(ctx, deletions)
	ts.Check(err)
	s.approve(ts, second, "deputy@example.org")

	task := plan.FirstTask(plan.Nodes[0])
	receipt := dsr.NewReceipt(task, dsr.Succeeded, operatorNow)
	models := deletions.Stages[0]
	receipt.Tally(proved(models, models.Items[0], http.StatusOK, dsr.OutcomeDeleted), false, 0, models.Target)
	_, err = s.Ledger.RecordReceipt(ctx, task, receipt)
	ts.Check(err)

	s.close(ts, second)
}
