package fakeml

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// runDocument has the members of the published Run, about 2 KB of them. Every
// fifth run, from the third, carries a token, which is a secret.
func (a *Account) runDocument(at place) []byte {
	id := a.RunID(at.ws, at.project, at.run)
	user, _ := a.user(at)
	fields := []field{
		{"runId", text(id)},
		{"runNumber", strconv.Itoa(at.run + 1)},
		{"rootRunId", text(id)},
		{"experimentId", text(a.experimentID(place{ws: at.ws, project: at.project, item: at.run % max(a.Experiments, 1)}))},
		{"createdUtc", moment(at.run)},
		{"startTimeUtc", moment(at.run + 1)},
		{"endTimeUtc", moment(at.run + 9)},
		{"createdBy", a.createdBy(at)},
		{"userId", text(user)},
		{"status", text([...]string{"Completed", "Failed", "Canceled"}[at.run%3])},
		{"name", text(fmt.Sprintf("training %d", at.run))},
		{"description", `"Gr\u00f6\u00dfe pr\u00fcfen \ud83d\ude80 — 模型の学習 \"v2\" <a&b> C:\\data\/in"`},
		{"parentRunId", "null"},
		{"heartbeatEnabled", strconv.FormatBool(at.run%2 == 0)},
		{"hidden", "false"},
		{"revision", strconv.Itoa(at.run % 11)},
		{"runType", text("experimentrun")},
		{"target", text("docker")},
		{"scriptName", text("train.py")},
		{"dataContainerId", text("dcid." + id)},
		{"options", object(at.run, field{"generateDataContainerIdIfNotSpecified", "true"})},
		{"createdFrom", object(at.run+3, field{"type", text("Notebook")}, field{"locationType", text("ArtifactId")}, field{"location", text("LocalUpload/" + id + "/train.ipynb")})},
		{"properties", a.runProperties(at)},
		{"tags", object(at.run+2, field{"team", text("größe/模型")}, field{"", text("a tag without a name")})},
		{"runDefinition", a.runDefinition(at)},
		{"warnings", "[ ]"},
		{"_unpublished", object(0, field{"rowKey", "12345678901234567890123"}, field{"cost", "-0.10"})},
	}
	if at.run%5 == 2 {
		fields = append(fields, field{"token", text(a.runToken(at))}, field{"tokenExpiryTimeUtc", moment(at.run + 1440)})
	}

	return []byte(object(at.run, rotate(at.run, fields)...))
}

// runProperties are strings only, as published.
func (a *Account) runProperties(at place) string {
	var fields []field
	for i := range 6 {
		n := a.number(append(at.parts(ofRun), uint64(i))...)
		fields = append(fields, field{fmt.Sprintf("azureml.property%d", i), text(strings.Repeat(fmt.Sprintf("%016x", n), 3))})
	}
	return object(at.run+1, fields...)
}

// runDefinition is a free object; it holds numbers that a float would spoil.
func (a *Account) runDefinition(at place) string {
	return object(at.run+2,
		field{"seed", "18446744073709551615"},
		field{"examples", strconv.FormatUint(1<<53+1+uint64(at.run)*2, 10)},
		field{"learningRate", "1.0E-4"},
		field{"momentum", "0.90"},
		field{"arguments", `[ "--epochs", 10, null, true, [ ], { } ]`},
		field{"environment", object(0, field{"PYTHONUNBUFFERED", text("1")}, field{"LANG", text("de_DE.UTF-8")})},
	)
}

// runToken has the look of a JSON web token.
func (a *Account) runToken(at place) string {
	var b []byte
	for i := range uint64(6) {
		b = binary.BigEndian.AppendUint64(b, a.number(append(at.parts(ofToken), i)...))
	}
	return "eyJ0eXAiOiJKV1QifQ." + base64.RawURLEncoding.EncodeToString(b)
}
