package fakeml

import "strconv"

// madeBy is the systemData of what is no ARM resource: by turns it names who made it by a
// name, as ARM does, and by a user record, as the first versions of the service did.
func (s *Server) madeBy(kind string, at place) string {
	a := &s.account
	index := at.item + at.entry
	owner, created := a.owner(kind, at), s.created(kind, at, index)
	if index%2 == 1 {
		return object(index, field{"createdBy", owner.record(index)}, field{"createdAt", stamp(created)})
	}
	return a.systemData(owner, index, created)
}

// evaluation has the members of the published Evaluation.
func (s *Server) evaluation(at place) []byte {
	a := &s.account
	return []byte(object(at.item, rotate(at.item, []field{
		{"id", text(a.nameOf(evaluation, at))},
		{"displayName", text("Prüfung " + strconv.Itoa(at.item))},
		{"description", text("Antworten an dana — 評価")},
		{"data", object(1, field{"type", text("dataset")}, field{"id", text("azureml://data/chats/versions/1")})},
		{"evaluators", object(0, field{"relevance", object(1, field{"id", text("azureml://registries/azureml/models/Relevance/versions/3")}, field{"initParams", object(0, field{"model_config", object(0, field{"api_key", text(a.secret(at, hashText(evaluation)))})})})})},
		{"status", text("Completed")},
		{"systemData", s.madeBy(evaluation, at)},
		{"tags", "{ }"},
		{"properties", object(0, field{"runType", text("eval_run")})},
	})...))
}

// evaluationSchedule has the members of the published EvaluationSchedule.
func (s *Server) evaluationSchedule(at place) []byte {
	return []byte(object(at.item, rotate(at.item, []field{
		{"name", text(s.account.nameOf(evaluationPlan, at))},
		{"description", "null"},
		{"data", object(0, field{"type", text("app_insights")}, field{"query", text("traces | where user == 'dana'")})},
		{"isEnabled", "true"},
		{"systemData", s.madeBy(evaluationPlan, at)},
		{"trigger", object(1, field{"type", text("Cron")}, field{"expression", text("0 2 * * *")})},
	})...))
}

// genericIndex has the members of the published Index: of its names only the id tells.
func (s *Server) genericIndex(at place) []byte {
	a := &s.account
	return []byte(object(at.item+at.entry, rotate(at.item+at.entry, append(s.genericFields("indexes", genericIndex, indexVersion, at),
		field{"storageUri", text(a.signedBlob(at, hashText(indexVersion), "index"))},
	))...))
}

// genericPrompt has the members of the published Prompt.
func (s *Server) genericPrompt(at place) []byte {
	a := &s.account
	return []byte(object(at.item+at.entry, rotate(at.item+at.entry, append(s.genericFields("prompts", genericPrompt, promptVersion, at),
		field{"dataUri", text(a.signedBlob(at, hashText(promptVersion), "prompt"))},
		field{"templatePath", text("Users/dana/prompt.prompty")},
	))...))
}

// genericFields begin a version of a generic asset.
func (s *Server) genericFields(segment, name, version string, at place) []field {
	a := &s.account
	stage := "Development"
	if archived(at.entry) {
		stage = "Archived"
	}

	id := "azureml://locations/" + a.Location + "/workspaces/" + a.guid(ofML, uint64(at.ml)) + "/" + segment + "/" + a.nameOf(name, at) + "/versions/" + a.nameOf(version, at)
	return []field{
		{"id", text(id)},
		{"stage", text(stage)},
		{"description", text("Beschreibung — 説明")},
		{"systemData", s.madeBy(version, at)},
		{"tags", object(1, field{"team", text("größe/模型")})},
		{"properties", "{ }"},
	}
}

// template has the members of the published DeploymentTemplate, a version of one.
func (s *Server) template(at place) []byte {
	a := &s.account
	index := at.item + at.entry
	return []byte(object(index, rotate(index, []field{
		{"id", text("azureml://registries/" + a.RegistryName(at.registry) + "/deploymenttemplates/" + a.nameOf(template, at) + "/versions/" + a.nameOf(templateVersion, at))},
		{"deploymentTemplateType", text("Managed")},
		{"environmentId", text("azureml://registries/azureml/environments/serve/versions/1")},
		{"environmentVariables", object(0, field{"TOKEN", text(a.secret(at, hashText(templateVersion)))})},
		{"description", text("für dana")},
		{"stage", text("Development")},
		{"systemData", s.madeBy(templateVersion, at)},
		{"tags", object(1, field{"team", text("größe/模型")})},
		{"properties", "{ }"},
		{"instanceCount", "1"},
	})...))
}
