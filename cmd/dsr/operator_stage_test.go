package main

import (
	"context"

	"github.com/rogpeppe/go-internal/testscript"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/ledger/ledgertest"
)

// deleting returns the record of a request that deletes.
func deleting(id, what string) dsr.Request {
	return dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            id,
		Kind:          dsr.KindDelete,
		What:          what,
		DueAt:         operatorNow.AddDate(0, 0, 20),
		SubmittedBy:   "desk@example.org",
		Subject:       &dsr.Subject{ObjectID: "o-1"},
		Scope:         []dsr.Scope{{SubscriptionID: "sub-1", ResourceGroup: "group"}},
	}
}

// open records a request, and adds its first attempt to the index of open requests.
func (s *stage) open(ts *testscript.TestScript, request dsr.Request) {
	ctx := context.Background()
	ts.Check(openIndex(ctx, s, dsr.OpenRecord{RequestID: request.ID, Attempt: 1, DueAt: request.DueAt}))
	_, err := s.Ledger.RecordRequest(ctx, dsr.NewRequestRecord(request, "", false, operatorNow))
	ts.Check(err)
}

// approve records the approval of an attempt's deletion plan, and returns the plan.
func (s *stage) approve(ts *testscript.TestScript, a dsr.Attempt, by string) dsr.DeletionPlan {
	ctx := context.Background()
	deletions, sum, _, err := s.Ledger.DeletionPlan(ctx, a)
	ts.Check(err)
	_, err = s.Ledger.RecordApproval(ctx, a, dsr.Approval{
		RequestID:  a.RequestID,
		PlanSHA256: sum,
		ApprovedBy: by,
		ApprovedAt: operatorNow,
	})
	ts.Check(err)

	return deletions
}

// close closes an attempt with the manifest of its receipts.
func (s *stage) close(ts *testscript.TestScript, a dsr.Attempt) {
	ctx := context.Background()
	request, _, err := s.Ledger.Request(ctx, a.RequestID)
	ts.Check(err)
	closing := ledger.Closing{Attempt: a, Request: request, At: operatorNow}
	_, _, err = ledgertest.Close(ctx, s.Ledger, closing, nil, ledgertest.Recorded(ctx, s.Ledger, a))
	ts.Check(err)
	ts.Check(s.Ledger.RemoveOpen(ctx, a))
}

// proved returns the entry with the proof of what became of a planned thing.
func proved(d dsr.Deletions, thing dsr.Planned, status int, outcome string) dsr.Entry {
	e := dsr.Entry{
		Endpoint: d.Endpoint,
		Item:     thing.Item,
		Status:   status,
		Deletion: &dsr.DeletionProof{
			Endpoint: d.Endpoint,
			Target:   d.Target,
			Item:     thing.Item,
			URL:      thing.URL,
			Outcome:  outcome,
		},
	}

	switch outcome {
	case dsr.OutcomeHeld:
		e.Error = &dsr.ItemError{Code: dsr.ReasonHeld, Message: "Held: " + d.Endpoint + ": a hold keeps it"}
	case dsr.OutcomeSoftDeleted:
		e.Error = &dsr.ItemError{Code: dsr.ReasonSoftDeleted, Message: "SoftDeleted: " + d.Endpoint + ": nobody has seen it purged"}
	}

	return e
}
