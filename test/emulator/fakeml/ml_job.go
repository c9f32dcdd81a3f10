package fakeml

import "fmt"

// status is how a run stands: while it runs, it can be canceled.
func (s *Server) runStatus(at place) string {
	a := &s.account
	_, recreated := s.deletions.created(newThing(mlRun, at))
	switch {
	case recreated || !a.runsAtFirst(at):
		return [...]string{"Completed", "Failed", "Completed"}[a.rootNumber(at)%3]
	case s.deletions.shows(newThing(mlRunning, at)):
		return "Running"
	}
	return "Canceled"
}

// runMinute is when a run was made, and its job with it.
func (a *Account) runMinute(at place) int { return a.rootNumber(at) + at.descendant }

// job has the members of the published JobBase, as command or pipeline. Only root
// runs have one here.
func (s *Server) job(at place) []byte {
	a := &s.account
	index := a.rootNumber(at)
	kind := "Command"
	if a.isPipeline(at) {
		kind = "Pipeline"
	}

	return []byte(object(index, rotate(index, []field{
		{"id", text(a.resourceID(mlPath+"/jobs/{mlJob}", at))},
		{"name", text(a.mlRunID(at))},
		{"type", text(mlProvider + "/workspaces/jobs")},
		{"systemData", a.systemData(a.owner(mlRun, at), index, s.created(mlRun, at, a.runMinute(at)))},
		{"properties", object(index+1,
			field{"jobType", text(kind)},
			field{"displayName", text(fmt.Sprintf("training %d", index))},
			field{"description", text("Größe prüfen — 模型の学習")},
			field{"experimentName", text(experimentName(at.item))},
			field{"status", text(s.runStatus(at))},
			field{"isArchived", boolean(archived(index))},
			field{"command", text("python train.py --owner dana")},
			field{"environmentId", "null"},
			field{"environmentVariables", object(0, field{"TOKEN", text(a.secret(at, ofMLRun, 1))})},
			field{"notificationSetting", a.notified(index)},
			field{"properties", a.gitProperties(at)},
			field{"tags", a.runTags(at)},
			field{"services", object(1, field{"Studio", object(0, field{"jobServiceType", text("Studio")}, field{"endpoint", text("https://ml.azure.com/runs/" + a.mlRunID(at))})})},
			field{"inputs", "{ }"},
			field{"outputs", "{ }"},
		)},
	})...))
}

// gitProperties say which code ran; the URL holds a personal access token.
func (a *Account) gitProperties(at place) string {
	url := text("https://dana:" + a.secret(at, ofMLRun, 2) + "@github.com/contoso/models.git")
	return object(a.rootNumber(at),
		field{"mlflow.source.git.repoURL", url},
		field{"mlflow.source.git.branch", text("main")},
		field{"azureml.git.repository_uri", url},
		field{"azureml.git.build_uri", "null"},
	)
}

// runTags name the user as MLflow does; a colleague's run may mention the subject.
func (a *Account) runTags(at place) string {
	index := a.rootNumber(at)
	owner := a.owner(mlRun, at)
	tags := []field{{"mlflow.user", text(owner.Name)}, {"team", text("größe/模型")}}
	if index%9 == 5 {
		tags = append(tags, field{"reviewer", text(SubjectUPN)})
	}
	return object(index+2, tags...)
}

func experimentName(experiment int) string { return fmt.Sprintf("Versuch %d — 実験", experiment) }
