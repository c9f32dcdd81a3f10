package fanout

import (
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestARefusalSaysWhereTheContainersAreThatAreNotConfirmed(t *testing.T) {
	r := dsr.Request{
		Kind: dsr.KindDelete,
		Scope: []dsr.Scope{{
			SubscriptionID:            "s",
			ResourceGroup:             "ada-group",
			ModelManagementAccount:    "ada-account",
			ExperimentationAccount:    "ada-experiments",
			Workspaces:                []dsr.WorkspaceScope{{Name: "ada-ws", Projects: []string{"ada-project"}}},
			MachineLearningWorkspaces: []string{"ada-ml"},
		}},
	}
	rows := []dsr.DeletionType{
		{ID: "D01", Type: "projects", Level: dsr.Project, Container: true},
		{ID: "D02", Type: "models", Level: dsr.HostingAccount},
		{ID: "DW01", Type: "jobs", Level: dsr.MachineLearningWorkspace},
	}

	err := checkConfirmed(r, rows)
	if dsr.ReasonOf(err) != dsr.ReasonConfirmationMissing || strings.Contains(err.Error(), "ada") {
		t.Fatalf("refused with %v", err)
	}
	if want := "those of /scope/0/machineLearningWorkspaces/0, /scope/0/modelManagementAccount, /scope/0/workspaces/0/projects/0"; !strings.HasSuffix(err.Error(), want) {
		t.Errorf("refused with %v, want %s", err, want)
	}
}
