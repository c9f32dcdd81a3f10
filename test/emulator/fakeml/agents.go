package fakeml

import "net/http"

const (
	agentsPath      = "/agents/v1.0" + mlPath
	threadPath      = agentsPath + "/threads/{agentThread}"
	storePath       = agentsPath + "/vector_stores/{vectorStore}"
	evaluationsPath = "/raisvc/v1.0" + mlPath + "/evaluations"
	genericPath     = "/genericasset/v2.0" + mlPath
	templatesPath   = "/genericasset/v2.0" + registryPath + "/deploymenttemplates"

	agentsVersion      = "2025-05-15-preview"
	evaluationsVersion = "2024-07-01-preview"
	genericVersion     = "2024-05-01-preview"
	templatesVersion   = "2024-04-01-preview"
)

// agentRoutes are the rows of the agent service: chats and what agents work with.
func agentRoutes() []route {
	rows := []route{
		{endpoint: "W68", pattern: agentsPath + "/threads", list: lists(agentThread, (*Server).agentThread), items: agentThread},
		{endpoint: "W68i", pattern: threadPath, document: (*Server).agentThread},
		{endpoint: "W69", pattern: threadPath + "/messages", list: lists(agentMessage, (*Server).agentMessage)},
		{endpoint: "W70", pattern: threadPath + "/runs", list: lists(agentRun, (*Server).agentRun)},
		{endpoint: "W70s", pattern: threadPath + "/runs/{agentRun}/steps", list: lists(agentStep, (*Server).agentStep)},
		{endpoint: "W71", pattern: agentsPath + "/assistants", list: lists(agentOf, (*Server).agent), items: agentOf},
		{endpoint: "W71i", pattern: agentsPath + "/assistants/{agent}", document: (*Server).agent},
		{endpoint: "W72", pattern: agentsPath + "/files", list: lists(agentFile, (*Server).agentFile), items: agentFile, whole: true},
		{endpoint: "W72i", pattern: agentsPath + "/files/{agentFile}", document: (*Server).agentFile},
		{endpoint: "W73", pattern: agentsPath + "/vector_stores", list: lists(vectorStore, (*Server).vectorStore), items: vectorStore},
		{endpoint: "W73i", pattern: storePath, document: (*Server).vectorStore},
		{endpoint: "W73f", pattern: storePath + "/files", list: lists(storeFile, (*Server).storeFile)},
		{endpoint: "DW68i", pattern: threadPath, deletes: true},
		{endpoint: "DW71i", pattern: agentsPath + "/assistants/{agent}", deletes: true},
		{endpoint: "DW72i", pattern: agentsPath + "/files/{agentFile}", deletes: true},
		{endpoint: "DW73i", pattern: storePath, deletes: true},
		{endpoint: "NEVER", pattern: agentsPath + "/files/{agentFile}/content", lax: true},
	}
	for i := range rows {
		rows[i].plane, rows[i].second, rows[i].version = planeAgents, true, agentsVersion
		rows[i].silent = true
	}

	return rows
}

// genericRoutes are evaluations, indexes and prompts, and a registry's deployment
// templates.
func genericRoutes() []route {
	rows := []route{
		{endpoint: "W74", version: evaluationsVersion, pattern: evaluationsPath + "/runs", list: lists(evaluation, (*Server).evaluation)},
		{endpoint: "W74i", version: evaluationsVersion, pattern: evaluationsPath + "/runs/{evaluation}", document: (*Server).evaluation},
		{endpoint: "W75", version: evaluationsVersion, pattern: evaluationsPath + "/schedules", list: lists(evaluationPlan, (*Server).evaluationSchedule)},
		{endpoint: "W75i", version: evaluationsVersion, pattern: evaluationsPath + "/schedules/{evaluationPlan}", document: (*Server).evaluationSchedule},
		{endpoint: "W76", version: genericVersion, pattern: genericPath + "/indexes", list: latestOf(genericIndex, (*Server).genericIndex)},
		{endpoint: "W76v", version: genericVersion, pattern: genericPath + "/indexes/{genericIndex}/versions", list: lists(indexVersion, (*Server).genericIndex), archives: true},
		{endpoint: "W76i", version: genericVersion, pattern: genericPath + "/indexes/{genericIndex}/versions/{indexVersion}", document: (*Server).genericIndex},
		{endpoint: "W77", version: genericVersion, pattern: genericPath + "/prompts", list: latestOf(genericPrompt, (*Server).genericPrompt)},
		{endpoint: "W77v", version: genericVersion, pattern: genericPath + "/prompts/{genericPrompt}/versions", list: lists(promptVersion, (*Server).genericPrompt), archives: true},
		{endpoint: "W77i", version: genericVersion, pattern: genericPath + "/prompts/{genericPrompt}/versions/{promptVersion}", document: (*Server).genericPrompt},
		{endpoint: "W78v", version: templatesVersion, pattern: templatesPath, only: "name", kind: template, query: "name={template}", list: lists(templateVersion, (*Server).template), items: templateVersion, archives: true},
		{endpoint: "W78", version: templatesVersion, pattern: templatesPath, list: (*Server).templates, items: templateVersion, archives: true},
		{endpoint: "W78i", version: templatesVersion, pattern: templatesPath + "/{template}/versions/{templateVersion}", document: (*Server).template},
		{endpoint: "DW78i", version: templatesVersion, pattern: templatesPath + "/{template}/versions/{templateVersion}", deletes: true, silent: true, how: Deletion{Status: http.StatusNoContent}},
	}
	for i := range rows {
		rows[i].plane, rows[i].second, rows[i].cursor = planeGeneric, true, "continuationToken"
	}

	return rows
}

// lists returns the list of a kind, each item a document.
func lists(kind string, document func(*Server, place) []byte) func(*Server, place) list {
	return func(s *Server, at place) list {
		k, _ := s.account.kind(kind)
		return listPlaces(s, k.count, func(i int) place {
			k.put(&at, i)
			return at
		}, document)
	}
}

// latestOf returns the list of the newest version of each of a kind.
func latestOf(kind string, document func(*Server, place) []byte) func(*Server, place) list {
	return func(s *Server, at place) list {
		at.entry = max(s.account.ML.Versions-1, 0)
		return lists(kind, document)(s, at)
	}
}

// templates lists every version of every deployment template of a registry.
func (s *Server) templates(at place) list {
	m := &s.account.ML
	l := listPlaces(s, m.Templates*m.Versions, func(i int) place {
		at.item, at.entry = i/m.Versions, i%m.Versions
		return at
	}, (*Server).template)
	l.archived = func(i int) bool { return archived(i % m.Versions) }
	return l
}
