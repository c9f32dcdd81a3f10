package fakeml

import "net/http"

const (
	mlHistoryPath   = "/history/v1.0" + mlPath
	mlMetricPath    = "/metric/v2.0" + mlPath + "/runs/{mlRun}"
	mlContainerPath = "/artifact/v2.0" + mlPath + "/artifacts/ExperimentRun/{dcid}"
	mlRegistryPath  = "/modelregistry/v1.0" + mlPath
	mlDataPath      = "/data/v1.0" + mlPath
	mlDatasetPath   = "/dataset/v2.0" + mlPath
)

// mlDataRoutes are the rows of the second generation's data plane.
func mlDataRoutes() []route {
	rows := []route{
		{endpoint: "W50", method: http.MethodPost, pattern: mlHistoryPath + "/experiments:query", list: (*Server).mlExperiments, items: mlExperiment, archives: true},
		{endpoint: "W51", pattern: mlHistoryPath + "/experimentids/{mlExperiment}", document: (*Server).mlExperiment},
		{endpoint: "W52", method: http.MethodPost, pattern: mlHistoryPath + "/experimentids/{mlExperiment}/runs:query", list: (*Server).mlRuns, items: mlRun},
		{endpoint: "W53", pattern: mlHistoryPath + "/runs/{mlRun}", document: (*Server).mlRunDocument},
		{endpoint: "W54", pattern: mlHistoryPath + "/runs/{mlRun}/children", list: (*Server).childRuns, items: mlRun, cursor: "$continuationtoken"},
		{endpoint: "W55", pattern: mlHistoryPath + "/runs/{mlRun}/details", document: (*Server).runDetails},
		{endpoint: "W55d", method: http.MethodPost, pattern: mlHistoryPath + "/rundata", kind: mlRun, body: runInBody, document: (*Server).runData},
		{endpoint: "W56", method: http.MethodPost, pattern: mlMetricPath + "/list", list: (*Server).mlMetricList, items: mlMetrics},
		{endpoint: "W57", method: http.MethodPost, pattern: mlMetricPath + "/full", body: metricInBody, list: (*Server).metricValues, items: mlMetrics},
		{endpoint: "W58", pattern: mlHistoryPath + "/experimentids/{mlExperiment}/runs/{mlRun}/artifacts", list: (*Server).mlArtifactList, items: mlArtifacts},
		{endpoint: "W59", pattern: mlContainerPath, kind: mlRun, list: (*Server).mlArtifactList, items: mlArtifacts},
		{endpoint: "W60", pattern: mlContainerPath + "/contentinfo", kind: mlArtifacts, query: "path={mlArtifact}", link: (*Server).mlContentInfo},
		{endpoint: "W61", pattern: "/history/v1.0/private" + mlPath + "/runs/{mlRun}/spans", list: (*Server).spans},
		{endpoint: "W64", pattern: mlDatasetPath + "/datasets", list: (*Server).datasets},
		{endpoint: "W64c", pattern: mlDataPath + "/datacontainer", list: (*Server).dataContainers, items: "mlData"},
		{endpoint: "W64v", pattern: mlDataPath + "/dataversion/{mlData}/versions", list: (*Server).dataVersions, items: "mlDataVersion"},
	}

	registry := []route{
		{endpoint: "W62", pattern: mlRegistryPath + "/models", list: (*Server).registeredModels, items: "mlModelVersion", archives: true},
		{endpoint: "W62i", pattern: mlRegistryPath + "/models/{mlRegistered}", kind: "mlModelVersion", alias: true, document: (*Server).registeredModel},
		{endpoint: "W63", pattern: mlRegistryPath + "/assets", list: (*Server).mlAssets, items: mlAsset},
		{endpoint: "W63i", pattern: mlRegistryPath + "/assets/{mlAsset}", document: (*Server).mlAsset},
	}

	for i := range rows {
		rows[i].plane, rows[i].second = planeML, true
		first(&rows[i].cursor, "continuationToken")
	}

	for i := range registry {
		registry[i].plane, registry[i].second, registry[i].cursor = planeRegistry, true, "$skipToken"
	}

	return append(rows, registry...)
}

// mlOtherRoutes are what is neither: the discovery that says where the data plane
// is, and the bytes of artifacts.
func mlOtherRoutes() []route {
	return []route{
		{endpoint: "DISC", plane: planeDiscovery, second: true, pattern: "/discovery/{machineLearning}", document: (*Server).discovery},
		{endpoint: "content", plane: planeContent, second: true, pattern: mlContentPath, kind: mlArtifacts},
	}
}

// spans are those that a run has recorded; these have none but one.
func (s *Server) spans(at place) list {
	return list{total: 1, item: func(int) []byte {
		return []byte(object(0, field{"name", text("train")}, field{"spanId", text(s.account.guid(at.parts(ofMLRun)...)[:16])}, field{"attributes", object(1, field{"mlflow.user", text(s.account.owner(mlRun, at).Name)})}))
	}}
}
