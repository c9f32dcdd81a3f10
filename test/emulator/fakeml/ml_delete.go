package fakeml

import "net/http"

// mlDeleteRoutes are the DELETEs of the second generation, and the cancel of a
// job, which deletes that the job runs. A version of a registered model is deleted
// as an ARM resource, so the model registry has no DELETE for it.
func mlDeleteRoutes() []route {
	rows := []route{
		{endpoint: "DW03", pattern: mlPath, how: Deletion{Location: true}},
		{endpoint: "DW29", pattern: mlPath + "/jobs/{mlJob}", kind: mlRun, how: Deletion{Location: true}},
		{endpoint: "CW29", method: http.MethodPost, pattern: mlPath + "/jobs/{mlJob}/cancel", kind: mlRunning, how: Deletion{Location: true, Missing: http.StatusOK}, refuses: noJob},
		{endpoint: "DW65", pattern: registryPath, how: Deletion{Location: true}},
	}
	for i := range mlResources {
		if r := &mlResources[i]; r.deletes != not {
			rows = append(rows, r.deleteRoute())
		}
	}

	for i := range rows {
		rows[i].plane, rows[i].operations = planeARM, mlOperations
		first(&rows[i].version, mlVersion)
		rows[i].takeOlder()
	}

	data := []route{
		{endpoint: "DW51", plane: planeML, pattern: mlHistoryPath + "/experimentids/{mlExperiment}", how: Deletion{Status: http.StatusAccepted}},
		{endpoint: "DW56", plane: planeML, pattern: mlMetricPath + "/deleteMetrics", kind: mlMetrics, how: Deletion{Status: http.StatusAccepted}},
		{endpoint: "DW59", plane: planeML, pattern: mlContainerPath + "/batch", kind: mlArtifacts, refuses: notHard},
		{endpoint: "DW63i", plane: planeRegistry, pattern: mlRegistryPath + "/assets/{mlAsset}"},
	}
	for i := range data {
		data[i].silent = true
	}

	rows = append(rows, data...)
	for i := range rows {
		rows[i].second, rows[i].deletes = true, true
	}

	return rows
}

// deleteRoute is the DELETE of a type of ARM resource.
func (r *mlResource) deleteRoute() route {
	row := route{endpoint: "D" + r.item, version: r.version(), pattern: r.path() + "/{" + r.variable + "}"}
	switch r.deletes {
	case byLocation:
		row.how = Deletion{Location: true}
	case byBoth:
		row.how = Deletion{Location: true, AsyncOperation: true}
	}
	if r.segment == "computes" {
		row.refuses = wrongAction
	}
	return row
}

// wrongAction refuses the DELETE of a compute that doesn't say what becomes of the
// machine, or says what can't: one that is attached is the customer's own.
func wrongAction(_ *Server, c *call) *problem {
	want := "Delete"
	if isAttached(c.at) {
		want = "Detach"
	}
	if c.r.URL.Query().Get("underlyingResourceAction") == want {
		return nil
	}
	return &problem{http.StatusBadRequest, "BadArgument", "The query parameter underlyingResourceAction has to be " + want + " for this compute."}
}

// notHard refuses to delete artifacts other than for good.
func notHard(_ *Server, c *call) *problem {
	if c.r.URL.Query().Get("hardDelete") == "true" {
		return nil
	}
	return &problem{http.StatusBadRequest, "BadArgument", "Only a hard delete is served here."}
}
