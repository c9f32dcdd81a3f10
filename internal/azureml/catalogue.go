package azureml

import (
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// Prefixes that many rows share.
const (
	resourceGroup = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}"
	hosting       = resourceGroup + "/providers/Microsoft.MachineLearningModelManagement/accounts/{account}"
	experimenting = resourceGroup + "/providers/Microsoft.MachineLearningExperimentation/accounts/{account}"
	workspace     = experimenting + "/workspaces/{workspace}"
	project       = workspace + "/projects/{project}"
	models        = "/api" + resourceGroup + "/accounts/{account}/models"
	runs          = "/history/v1.0" + project + "/runs"
	artifacts     = "/artifact/v1.0" + project + "/artifacts"
)

// API versions; the experiments plane has its own in the path.
const (
	hostingVersion = "2017-09-01-preview"
	teamVersion    = "2017-05-01-preview"
)

// Discovery lists: they find the targets of a request that leaves them out.
// They are no part of an export and have no totals.
const (
	// DiscoverWorkspaces lists the workspaces of an experimentation account.
	DiscoverWorkspaces = "WS"
	// DiscoverProjects lists the projects of a workspace.
	DiscoverProjects = "PR"
)

// table makes the rows anew, so that nobody can change another's. A row that
// names no plane is ARM's, and one that names no shape is a Document.
//
// Secrets are the fields that the published descriptions call tokens, keys or
// signed links: Run.token, and Run.cancelUri and Run.diagnosticsUri, which may
// be signed; Model.url, "usually a SAS URL"; storageAccount.accessKey of an
// experimentation account; contentUri of an artifact's content information.
func table() []Endpoint {
	run := []document.Secret{{Pointer: "/token"}, {Pointer: "/cancelUri", Link: true}, {Pointer: "/diagnosticsUri", Link: true}}
	model := []document.Secret{{Pointer: "/url", Link: true}}
	account := []document.Secret{{Pointer: "/properties/storageAccount/accessKey"}}
	content := []document.Secret{{Pointer: "/contentUri", Link: true}}

	return []Endpoint{
		{ID: "E01", Type: "hosting-account", Level: dsr.HostingAccount, Path: hosting, APIVersion: hostingVersion},
		{ID: "E02", Type: "models", Level: dsr.HostingAccount, Plane: ModelManagement, Path: models, APIVersion: hostingVersion, Shape: List, Key: "id", Secrets: model},
		{ID: "E03", Type: "models", Level: dsr.HostingAccount, Plane: ModelManagement, Path: models + "/{item}", APIVersion: hostingVersion, Shape: Item, Of: "E02", Secrets: model},
		{ID: "E14", Type: "runs", Level: dsr.Project, Plane: Experiments, Path: runs, Shape: List, Key: "runId", Secrets: run},
		{ID: "E16", Type: "runs", Level: dsr.Project, Plane: Experiments, Path: runs + "/{item}", Shape: Item, Of: "E14", Secrets: run},
		{ID: "E19", Type: "run-artifacts", Level: dsr.Project, Plane: Experiments, Path: runs + "/{item}/artifacts", Shape: ItemList, Of: "E14", Key: "path"},
		{ID: "E22", Type: "artifacts", Level: dsr.Project, Plane: Experiments, Path: artifacts + "/origins/ExperimentRun/containers/{item}", Shape: ItemList, Of: "E14", Key: "path"},
		{ID: "E23", Type: "artifacts", Level: dsr.Project, Plane: Experiments, Path: artifacts + "/contentinfo/ExperimentRun/{item}/{entry}", Shape: ItemEntry, Of: "E22", Secrets: content, Content: true},
		{ID: "E24", Type: "run-artifacts", Level: dsr.Project, Plane: Experiments, Path: runs + "/{item}/artifacts", Shape: ItemList, Of: "E14", Key: "path", Same: "E19"},
		{ID: "E27", Type: "experimentation-account", Level: dsr.ExperimentationAccount, Path: experimenting, APIVersion: teamVersion, Secrets: account},
		{ID: "E28", Type: "workspaces", Level: dsr.Workspace, Path: workspace, APIVersion: teamVersion},
		{ID: "E29", Type: "projects", Level: dsr.Project, Path: project, APIVersion: teamVersion},

		{ID: DiscoverWorkspaces, Level: dsr.ExperimentationAccount, Path: experimenting + "/workspaces", APIVersion: teamVersion, Shape: List, Key: "name"},
		{ID: DiscoverProjects, Level: dsr.Workspace, Path: workspace + "/projects", APIVersion: teamVersion, Shape: List, Key: "name"},
	}
}

// Catalogue gives the rows that an export covers, in order of id.
func Catalogue() []Endpoint {
	var out []Endpoint
	for _, e := range table() {
		if e.Type != "" {
			out = append(out, e)
		}
	}
	return out
}

// Find gives the row with an id, a discovery list's too.
func Find(id string) (Endpoint, bool) {
	for _, e := range table() {
		if e.ID == id {
			return e, true
		}
	}
	return Endpoint{}, false
}
