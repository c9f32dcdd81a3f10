package azureml

import "azureml-dsr/internal/dsr"

// mlDeleteOperations returns the deletions of the second generation, in the order in
// which a workspace is emptied: what starts or uses a thing goes before it, and versions
// before their containers. A row's id is a D and the id of what it reads. A row that the
// published order leaves open waits for nothing.
func mlDeleteOperations() []DeleteOperation {
	none := []string{}
	return []DeleteOperation{
		{ID: "DW31", Reads: "W31", After: none},
		{ID: "DW35", Reads: "W35", After: none},
		{ID: "DW39", Reads: "W39", After: none},
		{ID: "DW33", Reads: "W33", After: []string{"ml-online-deployments"}},
		{ID: "DW37", Reads: "W37", After: []string{"ml-batch-deployments"}},
		{ID: "DW41", Reads: "W41", After: none},
		{ID: "DW41m", Reads: "W41m", After: []string{"ml-serverless-endpoints"}, Regardless: true},
		{ID: "DW29", Reads: "W29", After: []string{"ml-schedules"}, Regardless: true, Stop: "/cancel", Personal: true, Joins: "W53"},
		// The run history has no DELETE of a run: the job of the same name takes it.
		{ID: "DW53", Reads: "W53", By: "W29", After: []string{"ml-jobs"}, Regardless: true, Personal: true},
		// What a job's deletion leaves of its runs.
		{ID: "DW56", Reads: "W56", Path: mlMetrics + "/deleteMetrics", ItemsOf: "W53", After: []string{"ml-jobs", "ml-runs"}, Regardless: true, Personal: true},
		{ID: "DW59", Reads: "W59", Path: mlArtifacts + "/batch", Query: "hardDelete=true", ItemsOf: "W53", After: []string{"ml-jobs", "ml-runs"}, Regardless: true, Personal: true},
		{ID: "DW51", Reads: "W51", After: []string{"ml-jobs", "ml-runs", "ml-run-metrics", "ml-artifacts"}, Inner: dsr.MachineLearningExperiment},
		{ID: "DW11", Reads: "W11", After: none, Personal: true},
		{ID: "DW15", Reads: "W15", After: none, Personal: true, Joins: "W62i"},
		{ID: "DW19", Reads: "W19", After: none, Personal: true},
		{ID: "DW23", Reads: "W23", After: none, Personal: true},
		{ID: "DW27", Reads: "W27", After: none, Personal: true},
		{ID: "DW45v", Reads: "W45v", After: none},
		{ID: "DW47v", Reads: "W47v", After: none},
		{ID: "DW09", Reads: "W09", After: []string{"ml-data-versions"}},
		{ID: "DW13", Reads: "W13", After: []string{"ml-model-versions"}},
		{ID: "DW17", Reads: "W17", After: []string{"ml-environment-versions"}},
		{ID: "DW21", Reads: "W21", After: []string{"ml-component-versions"}},
		{ID: "DW25", Reads: "W25", After: []string{"ml-code-versions"}},
		{ID: "DW45", Reads: "W45", After: []string{"ml-featureset-versions"}, Inner: dsr.FeatureSet},
		{ID: "DW47", Reads: "W47", After: []string{"ml-featurestore-entity-versions"}},
		{ID: "DW49", Reads: "W49", After: none},
		{ID: "DW43", Reads: "W43", After: none},
		{ID: "DW07", Reads: "W07", After: none},
		{ID: "DW63i", Reads: "W63i", After: none},
		// A chat uses its agent, both use vector stores, and these the files.
		{ID: "DW68i", Reads: "W68i", After: none, Personal: true, Takes: []string{"ml-agent-messages", "ml-agent-runs"}},
		{ID: "DW71i", Reads: "W71i", After: []string{"ml-agent-threads"}, Regardless: true},
		{ID: "DW73i", Reads: "W73i", After: []string{"ml-agent-threads", "ml-agents"}, Regardless: true, Personal: true, Takes: []string{"ml-agent-vector-store-files"}},
		{ID: "DW72i", Reads: "W72i", After: []string{"ml-agent-threads", "ml-agents", "ml-agent-vector-stores"}, Regardless: true},
		{ID: "DW05", Reads: "W05", After: []string{"ml-jobs"}, Regardless: true, Query: "underlyingResourceAction=Delete", AttachedQuery: "underlyingResourceAction=Detach", Personal: true},
		{ID: "DW03", Reads: "W03", Container: true, Query: "forceToPurge=true", Purges: true},

		{ID: "DW66d", Reads: "W66d", After: none},
		{ID: "DW66h", Reads: "W66h", After: none},
		{ID: "DW66l", Reads: "W66l", After: none},
		{ID: "DW66p", Reads: "W66p", After: none},
		{ID: "DW66t", Reads: "W66t", After: none},
		{ID: "DW78i", Reads: "W78i", After: none},
		{ID: "DW66b", Reads: "W66b", After: []string{"ml-registry-data-versions"}},
		{ID: "DW66f", Reads: "W66f", After: []string{"ml-registry-model-versions"}},
		{ID: "DW66j", Reads: "W66j", After: []string{"ml-registry-environment-versions"}},
		{ID: "DW66n", Reads: "W66n", After: []string{"ml-registry-component-versions"}},
		{ID: "DW66r", Reads: "W66r", After: []string{"ml-registry-code-versions"}},
		{ID: "DW65", Reads: "W65", Container: true},
	}
}
