package main

import (
	"encoding/json"
	"errors"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/fakeml"
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
		return cli.Usage(errors.New("--runs must be from 1 to 1000000"))
	}
	return nil
}

// fakeAccount returns an account that holds exactly runs runs. They are in two workspaces
// of two projects each, where the number can be divided so.
func fakeAccount(runs int) fakeml.Account {
	workspaces, projects := 2, 2
	for runs%(workspaces*projects) != 0 {
		if projects > 1 {
			projects--
		} else {
			workspaces--
		}
	}

	return fakeml.Account{
		Seed:                      1,
		SubscriptionID:            "8d0c7c4a-3f0e-4d7b-9a52-5f6f0d1b2c3e",
		ResourceGroup:             "research",
		Location:                  "eastus2",
		Experimentation:           "experiments",
		ModelManagement:           "hosting",
		Workspaces:                workspaces,
		Projects:                  projects,
		Runs:                      runs / (workspaces * projects),
		Models:                    fakeModels,
		ArtifactsPerRun:           fakeArtifacts,
		SubjectObjectID:           fakeSubject,
		Manifests:                 fakeManifests,
		Services:                  fakeServices,
		Images:                    fakeImages,
		MachineLearningWorkspaces: fakeTeams,
		Computes:                  fakeComputes,
		Clusters:                  fakeClusters,
		Experiments:               fakeInProject,
		Metrics:                   fakeInProject,
		Assets:                    fakeInProject,
		Jobs:                      fakeInProject,
		ML:                        fakeML(),
	}
}

// fakeML has something for every row of the service's second generation. Where things can
// belong to one person, it also has some of others. Of six runs the first and the fourth
// are the subject's, and the fourth is running; the second is a namesake's and the third a
// guest's. The fourth version of an asset has the subject's sign-in name in ARM, the first
// only the display name. The second workspace is an AI project of the first. Of its chats
// the first and the fourth are with the subject, by the object id and by the sign-in name.
// The third connection leads to an account of another provider.
func fakeML() fakeml.ML {
	return fakeml.ML{
		Experiments:        2,
		RunsPerExperiment:  3,
		ChildRuns:          1,
		ArtifactsPerRun:    1,
		Metrics:            2,
		Computes:           5,
		Datastores:         1,
		Data:               1,
		Models:             1,
		Environments:       1,
		Components:         1,
		Codes:              1,
		Versions:           4,
		Schedules:          1,
		Serverless:         1,
		Marketplace:        1,
		Connections:        3,
		LabelingJobs:       1,
		Assets:             1,
		Datasets:           1,
		OnlineEndpoints:    1,
		BatchEndpoints:     1,
		Deployments:        1,
		Featuresets:        1,
		FeaturesPerVersion: 1,
		Entities:           1,
		OutboundRules:      1,
		PrivateEndpoints:   1,
		CapabilityHosts:    1,
		Registries:         1,

		Threads:             5,
		Messages:            4,
		AgentRuns:           1,
		Steps:               2,
		Agents:              1,
		AgentFiles:          1,
		VectorStores:        2,
		StoreFiles:          1,
		Evaluations:         2,
		EvaluationSchedules: 1,
		Indexes:             1,
		Prompts:             1,
		Templates:           1,
		Projects:            1,
	}
}

// fakeRequest returns a request for everything that the fake account holds.
func fakeRequest(id string, account fakeml.Account) dsr.Request {
	return dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            id,
		Kind:          dsr.KindExport,
		Subject:       &dsr.Subject{ObjectID: account.SubjectObjectID},
		Scope: []dsr.Scope{{
			SubscriptionID:             account.SubscriptionID,
			ResourceGroup:              account.ResourceGroup,
			Location:                   account.Location,
			ExperimentationAccount:     account.Experimentation,
			ModelManagementAccount:     account.ModelManagement,
			MachineLearningWorkspaces:  []string{"*"},
			Registries:                 []string{"*"},
			OperationalizationClusters: true,
		}},
	}
}

// fakeScope is the name of the scope of all that the fake account holds.
const fakeScope = "fake"

// localScopes returns the settings that give the fake account's scope its name and make it
// the default, unless the environment names scopes.
func localScopes(lookup config.Lookup, account fakeml.Account) []string {
	if names, err := config.LoadScopes(lookup); err != nil || len(names.Places) > 0 {
		return nil
	}
	body, err := json.Marshal(map[string][]dsr.Scope{fakeScope: fakeRequest("", account).Scope})
	if err != nil {
		return nil // it always is JSON
	}
	return []string{"DSR_SCOPES=" + string(body), "DSR_DEFAULT_SCOPE=" + fakeScope}
}
