package main

import (
	"errors"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/local/azureml"
)

// defaultRuns is how many runs the fake account holds.
const defaultRuns = 500

// Figures of the fake account, besides its runs.
const (
	fakeModels    = 20
	fakeArtifacts = 1 // of each run
	fakeManifests = 8
	fakeServices  = 6
	fakeImages    = 10
	fakeTeams     = 2 // machine learning workspaces
	fakeComputes  = 4 // in each of them
	fakeClusters  = 3
	fakeInProject = 7 // experiments, metrics, assets and notifications each
	fakeSubject   = "5c1d2f8e-6a34-4b7e-9d21-0f7b6a3c9e11"
)

func checkRuns(runs int) error {
	const most = 1_000_000
	if runs < 1 || runs > most {
		return usage(errors.New("--runs must be from 1 to 1000000"))
	}
	return nil
}

// fakeAccount holds exactly runs runs: where the number allows it, in two
// workspaces of two projects each.
func fakeAccount(runs int) azureml.Account {
	workspaces, projects := 2, 2
	for runs%(workspaces*projects) != 0 {
		if projects > 1 {
			projects--
		} else {
			workspaces--
		}
	}
	return azureml.Account{
		Seed:           1,
		SubscriptionID: "8d0c7c4a-3f0e-4d7b-9a52-5f6f0d1b2c3e", ResourceGroup: "research", Location: "eastus2",
		Experimentation: "experiments", ModelManagement: "hosting",
		Workspaces: workspaces, Projects: projects, Runs: runs / (workspaces * projects),
		Models: fakeModels, ArtifactsPerRun: fakeArtifacts, SubjectObjectID: fakeSubject,
		Manifests: fakeManifests, Services: fakeServices, Images: fakeImages,
		MachineLearningWorkspaces: fakeTeams, Computes: fakeComputes, Clusters: fakeClusters,
		Experiments: fakeInProject, Metrics: fakeInProject, Assets: fakeInProject, Jobs: fakeInProject,
	}
}

// fakeRequest asks for everything that the fake account holds.
func fakeRequest(id string, account azureml.Account) dsr.Request {
	var teams []string
	for i := range account.MachineLearningWorkspaces {
		teams = append(teams, account.MachineLearningName(i))
	}
	return dsr.Request{
		SchemaVersion: dsr.SchemaVersion, ID: id, Kind: dsr.KindExport,
		Subject: &dsr.Subject{ObjectID: account.SubjectObjectID},
		Scope: []dsr.Scope{{
			SubscriptionID: account.SubscriptionID, ResourceGroup: account.ResourceGroup, Location: account.Location,
			ExperimentationAccount: account.Experimentation, ModelManagementAccount: account.ModelManagement,
			MachineLearningWorkspaces: teams, OperationalizationClusters: true,
		}},
	}
}
