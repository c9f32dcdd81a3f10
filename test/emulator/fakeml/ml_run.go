package fakeml

import (
	"fmt"
	"strconv"
)

// mlRunDocument has the members of the published Run of today. Each carries a
// token, which is a secret.
func (s *Server) mlRunDocument(at place) []byte {
	index := s.account.runNumber(at)
	return []byte(object(index, rotate(index, s.runFields(at))...))
}

func (s *Server) runFields(at place) []field {
	a := &s.account
	id, index := a.mlRunID(at), a.runNumber(at)
	root := at
	root.descendant = 0
	parent := "null"
	if p, ok := at.parent(); ok {
		parent = text(a.mlRunID(p))
	}

	owner := a.owner(mlRun, at)
	created := s.created(mlRun, at, a.runMinute(at))
	return []field{
		{"runId", text(id)},
		{"runNumber", strconv.Itoa(index + 1)},
		{"runUuid", text(a.guid(at.parts(ofMLRun)...))},
		{"rootRunId", text(a.mlRunID(root))},
		{"rootRunUuid", text(a.guid(root.parts(ofMLRun)...))},
		{"parentRunId", parent},
		{"experimentId", text(a.mlExperimentID(at))},
		{"createdUtc", stamp(created)},
		{"startTimeUtc", stamp(created)},
		{"endTimeUtc", "null"},
		{"duration", text("00:01:30.1234567")},
		{"status", text(s.runStatus(at))},
		{"cancelationReason", "null"},
		{"createdBy", owner.record(index)},
		{"lastModifiedBy", owner.record(index + 1)},
		{"lastModifiedUtc", stamp(created)},
		{"userId", text(owner.ObjectID)},
		{"name", text(fmt.Sprintf("training %d", index))},
		{"displayName", text(fmt.Sprintf("training %d", a.rootNumber(at)))},
		{"description", `"Gr\u00f6\u00dfe pr\u00fcfen \ud83d\ude80 — 模型の学習"`},
		{"dataContainerId", text("dcid." + id)},
		{"hidden", "false"},
		{"runType", text("azureml.scriptrun")},
		{"runTypeV2", object(0, field{"orchestrator", text("Execution")}, field{"traits", "[]"})},
		{"scriptName", text("train.py")},
		{"target", text("local")},
		{"token", text(a.secret(at, ofMLRun))},
		{"tokenExpiryTimeUtc", moment(index + 1440)},
		{"properties", a.gitProperties(at)},
		{"tags", a.runTags(at)},
		{"parameters", object(1, field{"seed", "18446744073709551615"}, field{"rate", "1.0E-4"})},
		{"settings", "{ }"},
		{"services", object(0, field{"Studio", object(0, field{"endpoint", text("https://ml.azure.com/runs/" + id)})})},
		{"inputs", object(0, field{"data", object(1, field{"assetId", text("azureml://data/1")}, field{"type", text("UriFolder")})})},
		{"outputs", "{ }"},
		{"inputDatasets", "[]"},
		{"outputDatasets", "[]"},
		{"jobSpecification", "null"},
		{"compute", "null"},
		{"warnings", "[]"},
		{"error", "null"},
		{"retainForLifetimeOfWorkspace", "false"},
		{"_unpublished", object(0, field{"rowKey", "12345678901234567890123"}, field{"cost", "-0.10"})},
	}
}

// runDetails has the members of the published RunDetails; the links to its logs
// are signed, which makes them secrets.
func (s *Server) runDetails(at place) []byte {
	a := &s.account
	index := a.runNumber(at)
	created := s.created(mlRun, at, a.runMinute(at))
	return []byte(object(index+1, rotate(index, []field{
		{"runId", text(a.mlRunID(at))},
		{"target", text("local")},
		{"status", text(s.runStatus(at))},
		{"startTimeUtc", stamp(created)},
		{"createdBy", a.owner(mlRun, at).record(0)},
		{"properties", a.gitProperties(at)},
		{"inputDatasets", "[]"},
		{"runDefinition", a.mlRunDefinition(at)},
		{"logFiles", object(1,
			field{"user_logs/std_log.txt", text(a.signedBlob(at, ofMLRun, "std_log.txt"))},
			field{"system_logs/über.txt", text(a.signedBlob(at, ofMLRun, "system.txt"))},
		)},
		{"warnings", "[]"},
		{"jobSpecification", a.jobSpecification(at)},
	})...))
}

// runData is what a POST asks for: the run, its definition and its job's.
func (s *Server) runData(at place) []byte {
	a := &s.account
	index := a.runNumber(at)
	return []byte(object(index+2, rotate(index, []field{
		{"runMetadata", object(index, s.runFields(at)...)},
		{"runDefinition", a.mlRunDefinition(at)},
		{"jobSpecification", a.jobSpecification(at)},
		{"systemSettings", "null"},
	})...))
}

func (a *Account) mlRunDefinition(at place) string {
	return object(a.runNumber(at)+2,
		field{"script", text("train.py")},
		field{"arguments", `[ "--epochs", 10, null, true, [ ], { } ]`},
		field{"seed", "18446744073709551615"},
		field{"environment", object(0, field{"environmentVariables", object(0, field{"TOKEN", text(a.secret(at, ofMLRun, 3))})})},
	)
}

func (a *Account) jobSpecification(at place) string {
	return object(a.runNumber(at),
		field{"jobType", text("Command")},
		field{"command", text("python train.py --owner dana")},
		field{"environmentVariables", object(1, field{"TOKEN", text(a.secret(at, ofMLRun, 1))})},
	)
}
