package azureml

import "azureml-dsr/internal/dsr"

// Prefixes of what AI projects have on a workspace's data plane, and a registry on its
// own. The paths are those of Microsoft's clients.
const (
	mlAgents      = "/agents/v1.0" + mlSpace
	mlThread      = mlAgents + "/threads/{item}"
	mlEvaluations = "/raisvc/v1.0" + mlSpace + "/evaluations"
	mlGeneric     = "/genericasset/v2.0" + mlSpace
	mlTemplates   = "/genericasset/v2.0" + registry + "/deploymenttemplates"

	// inOrder asks for the longest pages, the oldest things first: what is made
	// meanwhile comes last and moves no page.
	inOrder = "?limit=100&order=asc"
)

// API versions of these services, which are sent to the data plane.
const (
	agentsVersion      = "2025-05-15-preview"
	evaluationsVersion = "2024-07-01-preview"
	genericVersion     = "2024-05-01-preview"
	templatesVersion   = "2024-04-01-preview"
)

// aiProjectRows returns the rows of agents and their chats, of evaluations, indexes and
// prompts. That these services answer for a workspace of any kind is described nowhere:
// only AI projects must have them.
func aiProjectRows() []Operation {
	rows := []Operation{
		{ID: "W68", OperationID: "Threads_ListThreads", Type: "ml-agent-threads", Path: mlAgents + "/threads" + inOrder, APIVersion: agentsVersion, Shape: List, Token: lastID, Key: "id", Secrets: agentSecrets()},
		{ID: "W68i", OperationID: "Threads_GetThread", Type: "ml-agent-threads", Path: mlThread, APIVersion: agentsVersion, Shape: Item, Of: "W68", Secrets: agentSecrets(), Owners: metadata()},
		{ID: "W69", OperationID: "Messages_ListMessages", Type: "ml-agent-messages", Path: mlThread + "/messages" + inOrder, APIVersion: agentsVersion, Shape: ItemList, Of: "W68", Token: lastID, Secrets: messageSecrets()},
		{ID: "W70", OperationID: "Runs_ListRuns", Type: "ml-agent-runs", Path: mlThread + "/runs" + inOrder, APIVersion: agentsVersion, Shape: ItemList, Of: "W68", Token: lastID, Key: "id", Secrets: agentSecrets()},
		{ID: "W70s", OperationID: "RunSteps_ListRunSteps", Type: "ml-agent-runs", Path: mlThread + "/runs/{entry}/steps" + inOrder, APIVersion: agentsVersion, Shape: ItemEntry, Of: "W70", Paged: true, Token: lastID, Secrets: below("/data/*", stepSecrets())},
		{ID: "W71", OperationID: "ListAgents", Type: "ml-agents", Path: mlAgents + "/assistants" + inOrder, APIVersion: agentsVersion, Shape: List, Token: lastID, Key: "id", Secrets: agentSecrets()},
		{ID: "W71i", OperationID: "GetAgent", Type: "ml-agents", Path: mlAgents + "/assistants/{item}", APIVersion: agentsVersion, Shape: Item, Of: "W71", Secrets: agentSecrets()},
		{ID: "W72", OperationID: "Files_ListFiles", Type: "ml-agent-files", Path: mlAgents + "/files", APIVersion: agentsVersion, Shape: List, Token: lastID, Key: "id"},
		{ID: "W72i", OperationID: "Files_GetFile", Type: "ml-agent-files", Path: mlAgents + "/files/{item}", APIVersion: agentsVersion, Shape: Item, Of: "W72"},
		{ID: "W73", OperationID: "VectorStores_ListVectorStores", Type: "ml-agent-vector-stores", Path: mlAgents + "/vector_stores" + inOrder, APIVersion: agentsVersion, Shape: List, Token: lastID, Key: "id", Secrets: storeSecrets()},
		{ID: "W73i", OperationID: "VectorStores_GetVectorStore", Type: "ml-agent-vector-stores", Path: mlAgents + "/vector_stores/{item}", APIVersion: agentsVersion, Shape: Item, Of: "W73", Secrets: storeSecrets(), Owners: metadata()},
		{ID: "W73f", OperationID: "VectorStoreFiles_ListVectorStoreFiles", Type: "ml-agent-vector-store-files", Path: mlAgents + "/vector_stores/{item}/files" + inOrder, APIVersion: agentsVersion, Shape: ItemList, Of: "W73", Token: lastID, Secrets: storeSecrets()},
		{ID: "W74", OperationID: "Evaluations_List", Type: "ml-evaluations", Path: mlEvaluations + "/runs", APIVersion: evaluationsVersion, Shape: List, Key: "id", Secrets: evaluationSecrets()},
		{ID: "W74i", OperationID: "Evaluations_Get", Type: "ml-evaluations", Path: mlEvaluations + "/runs/{item}", APIVersion: evaluationsVersion, Shape: Item, Of: "W74", Secrets: evaluationSecrets(), Owners: systemData()},
		{ID: "W75", OperationID: "Evaluations_ListSchedule", Type: "ml-evaluation-schedules", Path: mlEvaluations + "/schedules", APIVersion: evaluationsVersion, Shape: List, Key: "name", Secrets: evaluationSecrets()},
		{ID: "W75i", OperationID: "Evaluations_GetSchedule", Type: "ml-evaluation-schedules", Path: mlEvaluations + "/schedules/{item}", APIVersion: evaluationsVersion, Shape: Item, Of: "W75", Secrets: evaluationSecrets(), Owners: systemData()},
		{ID: "W76", OperationID: "Indexes_ListLatest", Type: "ml-indexes", Path: mlGeneric + "/indexes", APIVersion: genericVersion, Shape: List, Key: "id", Behind: "indexes", Secrets: linksInGeneric()},
		{ID: "W76v", OperationID: "Indexes_List", Type: "ml-index-versions", Path: mlGeneric + "/indexes/{item}/versions" + all, APIVersion: genericVersion, Shape: ItemList, Of: "W76", Key: "id", Behind: "versions", Secrets: linksInGeneric()},
		{ID: "W76i", OperationID: "Indexes_Get", Type: "ml-index-versions", Path: mlGeneric + "/indexes/{item}/versions/{entry}", APIVersion: genericVersion, Shape: ItemEntry, Of: "W76v", Secrets: linksInGeneric(), Owners: systemData()},
		{ID: "W77", OperationID: "Prompts_ListLatest", Type: "ml-prompts", Path: mlGeneric + "/prompts", APIVersion: genericVersion, Shape: List, Key: "id", Behind: "prompts", Secrets: linksInGeneric()},
		{ID: "W77v", OperationID: "Prompts_List", Type: "ml-prompt-versions", Path: mlGeneric + "/prompts/{item}/versions" + all, APIVersion: genericVersion, Shape: ItemList, Of: "W77", Key: "id", Behind: "versions", Secrets: linksInGeneric()},
		{ID: "W77i", OperationID: "Prompts_Get", Type: "ml-prompt-versions", Path: mlGeneric + "/prompts/{item}/versions/{entry}", APIVersion: genericVersion, Shape: ItemEntry, Of: "W77v", Secrets: linksInGeneric(), Owners: systemData()},
	}
	for i := range rows {
		rows[i].Level, rows[i].Plane = dsr.MachineLearningWorkspace, MLWorkspace
		rows[i].Optional = rows[i].Shape == List
		rows[i].OfAIProjects = rows[i].Shape == List
	}

	return rows
}

// templateRows returns the rows of a registry's deployment templates. Their list names
// each version, so it names a template as often as it has versions.
func templateRows() []Operation {
	rows := []Operation{
		{ID: "W78", OperationID: "DeploymentTemplates_List", Type: "ml-registry-templates", Path: mlTemplates + all, Shape: List, Key: "id", Behind: "deploymenttemplates", Secrets: templateSecrets()},
		{ID: "W78v", OperationID: "DeploymentTemplates_List", Type: "ml-registry-template-versions", Path: mlTemplates + all + "&name={item}", Shape: ItemList, Of: "W78", Key: "id", Behind: "versions", Secrets: templateSecrets()},
		{ID: "W78i", OperationID: "DeploymentTemplates_Get", Type: "ml-registry-template-versions", Path: mlTemplates + "/{item}/versions/{entry}", Shape: ItemEntry, Of: "W78v", Secrets: templateSecrets(), Owners: systemData()},
	}
	for i := range rows {
		rows[i].Level, rows[i].Plane, rows[i].APIVersion = dsr.Registry, MLWorkspace, templatesVersion
	}

	return rows
}

// systemData is where ARM says who made a thing.
func systemData() []Owner { return []Owner{{"/systemData", SystemData}} }

// metadata is where an application that chats with people may say with whom.
func metadata() []Owner { return []Owner{{"/metadata", Metadata}} }
