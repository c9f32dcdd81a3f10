package fanout

import (
	"slices"

	"azureml-dsr/internal/dsr"
)

// previewOnARM begins the place of what only a preview version of ARM's API returns.
const previewOnARM = "in preview API versions only (2026-07-15-preview), below the workspace: "

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
	{What: "bytes of agents' files, texts in vector stores", Why: "the agent service gives out no file that people have uploaded (GET /files/{id}/content is refused), and no text of a vector store; the workspace's storage account and search service have them where they are the customer's own"},
	{What: "evaluation results", Why: "files in the container of the workspace's storage account that each evaluation (W74) names"},
	{What: "custom blocklists, policies and deployments of Azure OpenAI connections", Why: previewOnARM + "connections/{connection}/raiBlocklists/{blocklist}/raiBlocklistItems, raiPolicies and deployments; blocklists may hold names, and the same ones are with the Azure OpenAI account"},
	{What: "endpoints of a hub with their deployments and policies", Why: previewOnARM + "endpoints/{endpoint}, below it deployments and raiPolicies; they hold no document of a person but who made them"},
	{What: "inference pools", Why: previewOnARM + "inferencePools/{pool}, below it endpoints and groups; they hold no document of a person but who made them"},
	{What: "workspaces that were deleted softly", Why: "no API lists them: the portal's \"Recently deleted\" does"},
}

// reachesMachineLearning reports whether a scope asks for machine learning workspaces.
func reachesMachineLearning(scope []dsr.Scope) bool {
	return slices.ContainsFunc(scope, func(s dsr.Scope) bool { return len(s.MachineLearningWorkspaces) > 0 })
}
