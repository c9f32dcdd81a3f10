package fanout

import (
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger/ledgertest"
)

// A target that is missing is a failure of the attempt, unless the same request has
// deleted it before.
func TestAMissingTargetIsLeftOutIfAnEarlierAttemptHasDeletedIt(t *testing.T) {
	account := dsr.Target{
		Level:          dsr.HostingAccount,
		SubscriptionID: "s",
		ResourceGroup:  "g",
		Account:        "h",
	}
	forbidden := &dsr.Failure{Reason: dsr.ReasonForbidden}
	missing := &dsr.Failure{Reason: dsr.ReasonTargetNotFound}

	for name, tt := range map[string]struct {
		failed  *dsr.Failure
		typ     string
		outcome string // "" for a task without a receipt
		leftOut bool
	}{
		"it was deleted":              {missing, "delete-hosting-account", dsr.OutcomeDeleted, true},
		"it was gone by then":         {missing, "delete-hosting-account", dsr.OutcomeAlreadyGone, true},
		"it was held":                 {missing, "delete-hosting-account", dsr.OutcomeHeld, false},
		"nothing proves it":           {missing, "delete-hosting-account", "", false},
		"only what is in it was":      {missing, "delete-models", dsr.OutcomeDeleted, false},
		"it was only read":            {missing, "hosting-account", dsr.OutcomeDeleted, false},
		"it is there and was deleted": {nil, "delete-hosting-account", dsr.OutcomeDeleted, false},
		"it may not be read":          {forbidden, "delete-hosting-account", dsr.OutcomeDeleted, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := ledgertest.NewAttempt(t)
			task := f.Plan.FirstTask(f.Node(tt.typ, account.ID()))
			if _, err := f.Records.RecordPlan(t.Context(), f.Plan); err != nil {
				t.Fatal(err)
			}
			if tt.outcome != "" {
				receipt := dsr.NewReceipt(task, dsr.Succeeded, f.Time())
				receipt.Deletions = []dsr.DeletionProof{{Target: account.ID(), Outcome: tt.outcome}}
				if _, err := f.Records.RecordReceipt(t.Context(), task, receipt); err != nil {
					t.Fatal(err)
				}
			}

			i := &Intake{Ledger: f.Records, Deletions: []dsr.DeletionType{
				{Type: "hosting-account", Level: dsr.HostingAccount, Container: true},
				{Type: "models", Level: dsr.HostingAccount},
			}}
			found := []Found{{Target: account, Failed: tt.failed}}
			left, err := i.withoutDeleted(t.Context(), dsr.Attempt{RequestID: "r", Number: 3}, found)
			if err != nil {
				t.Fatal(err)
			}
			if leftOut := len(left) == 0; leftOut != tt.leftOut {
				t.Errorf("left out: %t, want %t", leftOut, tt.leftOut)
			}
		})
	}
}
