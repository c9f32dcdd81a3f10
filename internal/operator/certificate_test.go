package operator

import (
	"strings"
	"testing"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// Of five models that the plan names, one was deleted, one was gone and one is
// held; the manifest counts what failed, the held one included.
func TestACertificateAccountsForEverythingPlanned(t *testing.T) {
	plan := dsr.DeletionPlan{Stages: []dsr.Deletions{
		{Endpoint: "D02", Items: make([]dsr.Planned, 3)}, {Endpoint: "D02", Parts: []dsr.PlanPartRef{{Items: 2}}}, {Endpoint: "D03", Items: make([]dsr.Planned, 7)},
	}}
	dry := plan
	dry.DryRun = true

	for name, tt := range map[string]struct {
		plan             dsr.DeletionPlan
		status           dsr.Status
		proved           CertifiedRow
		refused          int64
		failed, canceled int
	}{
		"one with a proof, one without":      {plan, dsr.StatusPartiallyFailed, CertifiedRow{Deleted: 1, AlreadyGone: 1, Held: 1}, 3, 2, 0},
		"all is done":                        {plan, dsr.StatusSucceeded, CertifiedRow{Deleted: 4, AlreadyGone: 1}, 0, 0, 0},
		"whole stages that were given up":    {plan, dsr.StatusFailed, CertifiedRow{}, 2, 5, 0},
		"canceled after one that failed":     {plan, dsr.StatusCanceled, CertifiedRow{Deleted: 1, Held: 1}, 2, 1, 2},
		"soft-deleted, and one held":         {plan, dsr.StatusPartiallyFailed, CertifiedRow{Deleted: 3, SoftDeleted: 1, Held: 1}, 2, 0, 0},
		"canceled after a soft deletion":     {plan, dsr.StatusCanceled, CertifiedRow{SoftDeleted: 1}, 2, 1, 3},
		"a dry run":                          {dry, dsr.StatusSucceeded, CertifiedRow{}, 0, 0, 0},
		"given up before there was any plan": {dsr.DeletionPlan{}, dsr.StatusFailed, CertifiedRow{}, 2, 2, 0},
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

func TestACertificateHasTheRowsOfItsPlan(t *testing.T) {
	const firstRows = "D01 D02 D03 D04 D05 D06 D07 D08"
	for name, tt := range map[string]struct {
		nodes []string
		want  string
	}{
		"the first generation":            {[]string{"models", "delete-models"}, firstRows},
		"the second":                      {[]string{"ml-jobs", "ml-models", "delete-ml-jobs"}, "DW29"},
		"both":                            {[]string{"ml-jobs", "models", "delete-ml-jobs", "delete-ml-computes", "delete-models"}, firstRows + " DW29 DW05"},
		"the second, the first only read": {[]string{"computes", "ml-jobs", "delete-ml-jobs"}, "DW29"},
		"nothing of the first":            {[]string{"hosting-account"}, firstRows},
		"nothing of the second":           {[]string{"ml-workspaces"}, ""},
		"nothing at all":                  {nil, firstRows},
	} {
		plan := dsr.Plan{}
		for _, typ := range tt.nodes {
			plan.Nodes = append(plan.Nodes, dsr.Node{Type: typ})
		}

		shown := certifiedBy(plan)
		var got []string
		for _, d := range azureml.DeleteOperations() {
			if shown(d) {
				got = append(got, d.ID)
			}
		}

		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, want %s", name, got, tt.want)
		}
	}
}

func TestACertificateIsCompleteIfAllThatWasPlannedIsDeleted(t *testing.T) {
	for name, tt := range map[string]struct {
		cert Certificate
		want bool
	}{
		"all is deleted, or was gone": {Certificate{Rows: []CertifiedRow{{Deleted: 2, AlreadyGone: 1}}}, true},
		"a mention is left":           {Certificate{Rows: []CertifiedRow{{Deleted: 1}}, Mentions: []dsr.Mention{{}}, MentionsOmitted: 3}, true},
		"soft-deleted":                {Certificate{Rows: []CertifiedRow{{Deleted: 1, SoftDeleted: 1}}}, false},
		"held":                        {Certificate{Rows: []CertifiedRow{{Deleted: 1, Held: 1}}}, false},
		"canceled":                    {Certificate{Rows: []CertifiedRow{{Canceled: 1}}}, false},
		"failed elsewhere":            {Certificate{NotDeleted: []Explained{{}}}, false},
	} {
		if got := tt.cert.Complete(); got != tt.want {
			t.Errorf("%s: complete %t", name, got)
		}
	}
}
