package main

import (
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// accountOf returns a fake account with so many runs, in two workspaces of two
// projects, and so many artifacts of each run, below 4 KiB.
func accountOf(runs, artifacts int) fake.Account {
	const workspaces, projects = 2, 2
	return fake.Account{
		Seed:            1,
		SubscriptionID:  "8d0c7c4a-3f0e-4d7b-9a52-5f6f0d1b2c3e",
		ResourceGroup:   "research",
		Location:        "eastus2",
		Experimentation: "experiments",
		Workspaces:      workspaces,
		Projects:        projects,
		Runs:            runs / (workspaces * projects),
		ArtifactsPerRun: artifacts,
		SubjectObjectID: "5c1d2f8e-6a34-4b7e-9d21-0f7b6a3c9e11",
	}
}

// extent is how much of an account is exported.
type extent bool

const (
	runsAlone     extent = false
	withFollowers extent = true // the runs' artifacts too
)

// requestFor asks for an account's runs, and for what belongs to them by extent.
func requestFor(id string, a fake.Account, of extent) dsr.Request {
	types := []string{"runs"}
	if of == withFollowers {
		types = append(types, "run-artifacts", "artifacts")
	}
	return dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            id,
		Kind:          dsr.KindExport,
		Subject:       &dsr.Subject{ObjectID: a.SubjectObjectID},
		ResourceTypes: types,
		Scope: []dsr.Scope{{
			SubscriptionID: a.SubscriptionID, ResourceGroup: a.ResourceGroup, Location: a.Location,
			ExperimentationAccount: a.Experimentation,
		}},
	}
}

// runsOf returns how many runs an account holds.
func runsOf(a fake.Account) int64 { return int64(a.Workspaces * a.Projects * a.Runs) }
