package azureml

import (
	"slices"
	"sync"

	"azureml-dsr/internal/dsr"
)

// Prefixes that many rows share.
const (
	resourceGroup   = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}"
	hosting         = resourceGroup + "/providers/Microsoft.MachineLearningModelManagement/accounts/{account}"
	experimenting   = resourceGroup + "/providers/Microsoft.MachineLearningExperimentation/accounts/{account}"
	workspace       = experimenting + "/workspaces/{workspace}"
	project         = workspace + "/projects/{project}"
	modelManagement = "/api" + resourceGroup + "/accounts/{account}"
	computes        = resourceGroup + "/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/computes"
	history         = "/history/v1.0" + project
	runs            = history + "/runs"
	artifactStore   = "/artifact/v1.0" + project
	artifacts       = artifactStore + "/artifacts"

	// clusters has resourcegroups in lower case, as the service's own users write it.
	clusters = "/subscriptions/{subscriptionId}/resourcegroups/{resourceGroup}/providers/Microsoft.MachineLearningCompute/operationalizationClusters"
)

// API versions; the experiments plane has its own in the path.
const (
	hostingVersion = "2017-09-01-preview"
	computeVersion = "2018-03-01-preview"
	clusterVersion = "2017-06-01-preview"
	teamVersion    = "2017-05-01-preview"
)

// Discovery lists find the targets that a request leaves out. They are no part of an
// export and have no totals.
const (
	// DiscoverWorkspaces lists the workspaces of an experimentation account.
	DiscoverWorkspaces = "WS"
	// DiscoverProjects lists the projects of a workspace.
	DiscoverProjects = "PR"
)

// table returns the rows of both generations. A row that names no plane is ARM's, and
// one that names no shape is a Document.
func table() []Operation { return append(firstTable(), mlTable()...) }

// allRows returns the table, which is made once, since every call reads it. Callers get
// copies of the rows, and nobody changes what their slices hold.
var allRows = sync.OnceValue(table)

// byID returns each row's index in allRows.
var byID = sync.OnceValue(func() map[string]int {
	indexes := map[string]int{}
	for i, op := range allRows() {
		indexes[op.ID] = i
	}
	return indexes
})

// firstTable returns the rows of the first generation.
func firstTable() []Operation {
	return []Operation{
		{ID: "E01", Type: "hosting-account", Level: dsr.HostingAccount, Path: hosting, APIVersion: hostingVersion},
		{ID: "E02", Type: "models", Level: dsr.HostingAccount, Plane: ModelManagement, Path: modelManagement + "/models", APIVersion: hostingVersion, Shape: List, Key: "id", Secrets: modelSecrets()},
		{ID: "E03", Type: "models", Level: dsr.HostingAccount, Plane: ModelManagement, Path: modelManagement + "/models/{item}", APIVersion: hostingVersion, Shape: Item, Of: "E02", Secrets: modelSecrets()},
		{ID: "E04", Type: "manifests", Level: dsr.HostingAccount, Plane: ModelManagement, Path: modelManagement + "/manifests", APIVersion: hostingVersion, Shape: List, Key: "id", Secrets: manifestSecrets()},
		{ID: "E05", Type: "manifests", Level: dsr.HostingAccount, Plane: ModelManagement, Path: modelManagement + "/manifests/{item}", APIVersion: hostingVersion, Shape: Item, Of: "E04", Secrets: manifestSecrets()},
		{ID: "E06", Type: "services", Level: dsr.HostingAccount, Plane: ModelManagement, Path: modelManagement + "/services", APIVersion: hostingVersion, Shape: List, Key: "name", Secrets: serviceSecrets()},
		{ID: "E07", Type: "services", Level: dsr.HostingAccount, Plane: ModelManagement, Path: modelManagement + "/services/{item}", APIVersion: hostingVersion, Shape: Item, Of: "E06", Secrets: serviceSecrets()},
		{ID: "E08", Type: "images", Level: dsr.HostingAccount, Plane: ModelManagement, Path: modelManagement + "/images", APIVersion: hostingVersion, Shape: List, Key: "id", Secrets: imageSecrets()},
		{ID: "E09", Type: "images", Level: dsr.HostingAccount, Plane: ModelManagement, Path: modelManagement + "/images/{item}", APIVersion: hostingVersion, Shape: Item, Of: "E08", Secrets: imageSecrets()},
		{ID: "E10", OperationID: "MachineLearningCompute_ListByWorkspace", Type: "computes", Level: dsr.MachineLearningWorkspace, Path: computes, APIVersion: computeVersion, Shape: List, Key: "name", Secrets: computeSecrets()},
		{ID: "E11", OperationID: "MachineLearningCompute_Get", Type: "computes", Level: dsr.MachineLearningWorkspace, Path: computes + "/{item}", APIVersion: computeVersion, Shape: Item, Of: "E10", Secrets: computeSecrets()},
		{ID: "E12", OperationID: "OperationalizationClusters_ListByResourceGroup", Type: "operationalization-clusters", Level: dsr.ResourceGroup, Path: clusters, APIVersion: clusterVersion, Shape: List, Key: "name", Secrets: clusterSecrets()},
		{ID: "E13", OperationID: "OperationalizationClusters_Get", Type: "operationalization-clusters", Level: dsr.ResourceGroup, Path: clusters + "/{item}", APIVersion: clusterVersion, Shape: Item, Of: "E12", Secrets: clusterSecrets()},
		{ID: "E14", Type: "runs", Level: dsr.Project, Plane: Experiments, Path: runs, Shape: List, Key: "runId", Secrets: runSecrets()},
		{ID: "E15", Type: "experiments", Level: dsr.Project, Plane: Experiments, Path: history + "/experiments", Shape: List, Key: "experimentId"},
		{ID: "E16", Type: "runs", Level: dsr.Project, Plane: Experiments, Path: runs + "/{item}", Shape: Item, Of: "E14", Secrets: runSecrets()},
		{ID: "E17", Type: "run-metrics", Level: dsr.Project, Plane: Experiments, Path: history + "/runmetrics", Shape: List, Secrets: links("/dataLocation")},
		{ID: "E18", Type: "experiments", Level: dsr.Project, Plane: Experiments, Path: history + "/experiments/{item}", Shape: Item, Of: "E15"},
		{ID: "E19", Type: "run-artifacts", Level: dsr.Project, Plane: Experiments, Path: runs + "/{item}/artifacts", Shape: ItemList, Of: "E14", Key: "path"},
		{ID: "E20", Type: "run-artifacts", Level: dsr.Project, Plane: Experiments, Path: runs + "/{item}/artifacturi?name={entry}", Shape: ItemEntry, Of: "E19", Secrets: links("")},
		{ID: "E21", Type: "assets", Level: dsr.Project, Plane: Experiments, Path: artifactStore + "/assets", Shape: List, Key: "name"},
		{ID: "E22", Type: "artifacts", Level: dsr.Project, Plane: Experiments, Path: artifacts + "/origins/ExperimentRun/containers/{item}", Shape: ItemList, Of: "E14", Key: "path"},
		{ID: "E23", Type: "artifacts", Level: dsr.Project, Plane: Experiments, Path: artifacts + "/contentinfo/ExperimentRun/{item}/{entry...}", Shape: ItemEntry, Of: "E22", Secrets: links("/contentUri"), Content: true},
		{ID: "E24", Type: "run-artifacts", Level: dsr.Project, Plane: Experiments, Path: runs + "/{item}/artifacts", Shape: ItemList, Of: "E14", Key: "path", Same: "E19"},
		{ID: "E25", Type: "assets", Level: dsr.Project, Plane: Experiments, Path: artifactStore + "/assets/name/{item}", Shape: Item, Of: "E21"},
		{ID: "E26", Type: "notifications", Level: dsr.Project, Plane: Experiments, Path: "/notification/v1.0" + project + "/users/{objectId}/jobs", Shape: List, Optional: true},
		{ID: "E27", OperationID: "Accounts_Get", Type: "experimentation-account", Level: dsr.ExperimentationAccount, Path: experimenting, APIVersion: teamVersion, Secrets: values("/properties/storageAccount/accessKey")},
		{ID: "E28", OperationID: "Workspaces_Get", Type: "workspaces", Level: dsr.Workspace, Path: workspace, APIVersion: teamVersion},
		{ID: "E29", OperationID: "Projects_Get", Type: "projects", Level: dsr.Project, Path: project, APIVersion: teamVersion},

		{ID: DiscoverWorkspaces, OperationID: "Workspaces_ListByAccounts", Level: dsr.ExperimentationAccount, Path: experimenting + "/workspaces", APIVersion: teamVersion, Shape: List, Key: "name"},
		{ID: DiscoverProjects, OperationID: "Projects_ListByWorkspace", Level: dsr.Workspace, Path: workspace + "/projects", APIVersion: teamVersion, Shape: List, Key: "name"},
	}
}

// Catalogue returns the rows that an export covers, in order of id.
func Catalogue() []Operation {
	var out []Operation
	for _, op := range allRows() {
		if op.Type != "" {
			out = append(out, op)
		}
	}
	return out
}

// Find returns the row with an id, also one of a discovery list; false where there is
// none.
func Find(id string) (Operation, bool) {
	i, ok := byID()[id]
	if !ok {
		return Operation{}, false
	}
	return allRows()[i], true
}

// ListOnly reports whether a row is a list whose elements no other row reads: its
// answers are their only documents.
func ListOnly(id string) bool {
	op, ok := Find(id)
	return ok && op.IsList() && !slices.ContainsFunc(allRows(), func(hangs Operation) bool {
		return hangs.Of == id && (hangs.Shape == Item || hangs.Shape == ItemEntry)
	})
}
