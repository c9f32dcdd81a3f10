package fanout

import (
	"slices"

	"azureml-dsr/internal/dsr"
)

// outOfReach is what Azure ML's APIs do not return of a machine learning workspace, and
// where it is. The sources are
// https://learn.microsoft.com/azure/machine-learning/how-to-export-delete-data and
// https://learn.microsoft.com/azure/machine-learning/concept-data.
var outOfReach = []dsr.NotCovered{
	{What: "notebooks, files of compute instances, prompt flows", Why: "in the file share code-{guid} of the workspace's storage account, folders Users/{alias}: read it with Azure Files"},
	{What: "job outputs, logs, snapshots and models as files", Why: "in the containers azureml and azureml-blobstore-{workspaceId} and the share azureml-filestore-{workspaceId} of the workspace's storage account"},
	{What: "data that data assets and datastores only refer to", Why: "in the storage that they name"},
	{What: "who labeled what", Why: "in the labeling project's storage"},
	{What: "diagnostic logs and Application Insights", Why: "in the workspace's Log Analytics and Application Insights: their own purge"},
	{What: "secrets in the key vault, images in the container registry", Why: "in the workspace's own resources"},
	{What: "inference payloads that a deployment collects", Why: "in the storage that its data collector names"},
	{What: "workspaces that were deleted softly", Why: "no API lists them: the portal's \"Recently deleted\" does"},
}

// reachesMachineLearning reports whether a scope asks for machine learning workspaces.
func reachesMachineLearning(scope []dsr.Scope) bool {
	return slices.ContainsFunc(scope, func(s dsr.Scope) bool { return len(s.MachineLearningWorkspaces) > 0 })
}
