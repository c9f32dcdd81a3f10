package main

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

// Of five models that the plan names, one was deleted, one was gone and one is
// held; the manifest counts what failed, the held one included.
func TestACertificateAccountsForAllThatWasPlanned(t *testing.T) {
	plan := dsr.DeletionPlan{Stages: []dsr.Deletions{
		{Endpoint: "D02", Items: make([]dsr.Planned, 3)}, {Endpoint: "D02", Items: make([]dsr.Planned, 2)}, {Endpoint: "D03", Items: make([]dsr.Planned, 7)},
	}}
	dry := plan
	dry.DryRun = true
	for name, tt := range map[string]struct {
		plan             dsr.DeletionPlan
		status           dsr.Status
		proved           certifiedRow
		refused          int64
		failed, canceled int
	}{
		"one with a proof, one without":      {plan, dsr.StatusPartiallyFailed, certifiedRow{Deleted: 1, AlreadyGone: 1, Held: 1}, 3, 2, 0},
		"all is done":                        {plan, dsr.StatusSucceeded, certifiedRow{Deleted: 4, AlreadyGone: 1}, 0, 0, 0},
		"stages that were given up whole":    {plan, dsr.StatusFailed, certifiedRow{}, 2, 5, 0},
		"canceled after one that failed":     {plan, dsr.StatusCanceled, certifiedRow{Deleted: 1, Held: 1}, 2, 1, 2},
		"a dry run":                          {dry, dsr.StatusSucceeded, certifiedRow{}, 0, 0, 0},
		"given up before there was any plan": {dsr.DeletionPlan{}, dsr.StatusFailed, certifiedRow{}, 2, 2, 0},
	} {
		m := dsr.Manifest{Status: tt.status, Totals: dsr.Totals{"D02": {Failed: tt.refused}}}
		if tt.plan.Stages != nil {
			m.DeletionPlan = &dsr.HashRef{}
		}
		row := tt.proved
		row.Endpoint = "D02"
		row.addRest(tt.plan, m)
		if row.Failed != tt.failed || row.Canceled != tt.canceled {
			t.Errorf("%s: failed=%d canceled=%d, want %d and %d", name, row.Failed, row.Canceled, tt.failed, tt.canceled)
		}
	}
}
