package fakeml

import "fmt"

// experimentDocument has the members of the published Experiment.
func (a *Account) experimentDocument(at place) []byte {
	return []byte(object(at.item, rotate(at.item, []field{
		{"experimentId", text(a.experimentID(at))},
		{"name", text(fmt.Sprintf("Versuch %d — 実験", at.item))},
		{"description", "null"},
		{"createdUtc", moment(at.item)},
		{"tags", object(at.item+1, field{"team", text("größe/模型")})},
		{"archivedTime", "null"},
		{"latestCreatedRunId", text(a.RunID(at.ws, at.project, 0))},
		{"latestCreatedRunCreatedUtc", moment(0)},
	})...))
}

// metricDocument has the members of the published RunMetric; a float64 can't
// hold its numbers exactly.
func (a *Account) metricDocument(at place) []byte {
	run := a.RunID(at.ws, at.project, at.item%max(a.Runs, 1))
	return []byte(object(at.item, rotate(at.item, []field{
		{"runId", text(run)},
		{"metricId", text(a.guid(at.parts(ofMetric)...))},
		{"dataContainerId", text("dcid." + run)},
		{"metricType", text("azureml.v1.scalar")},
		{"createdUtc", moment(at.item)},
		{"name", text("accuracy")},
		{"description", `"Genauigkeit \u0026 Verlust"`},
		{"label", "null"},
		{"numCells", "1"},
		{"dataLocation", text("aml://artifact/ExperimentRun/" + run + "/metrics/accuracy")},
		{"cells", "[" + object(at.item+1, field{"accuracy", fmt.Sprintf("0.%d0", 9007199254740993+at.item)}) + "]"},
		{"schema", object(at.item+2, field{"numProperties", "1"},
			field{"properties", "[" + object(0, field{"propertyId", text("accuracy")}, field{"name", text("accuracy")}, field{"type", text("float")}) + "]"})},
	})...))
}
