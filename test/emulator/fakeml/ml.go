package fakeml

// ML says what each machine learning workspace of the second generation holds,
// and, by Registries, what lies beside them. Every fifth item of a list that
// takes listViewType is archived, the fifth first: such a list leaves it out
// unless it is asked for all.
type ML struct {
	// Experiments, RunsPerExperiment and ChildRuns are the numbers of experiments,
	// of root runs in each, and of children of each pipeline. Every second root
	// run, from the first, is a pipeline, and the first child of each has two
	// children of its own.
	Experiments, RunsPerExperiment, ChildRuns int
	// ArtifactsPerRun and Metrics are the numbers of each of every run. The first
	// two metrics share a name in different namespaces. Account.ArtifactSize is
	// asked with the indexes of workspace, experiment, root run and artifact.
	ArtifactsPerRun, Metrics int
	// Computes and Datastores are the numbers of each.
	Computes, Datastores int
	// Data, Models, Environments, Components and Codes are the numbers of
	// containers, in each workspace and in each registry, and Versions that of
	// versions in each of them, those of feature sets and entities too.
	Data, Models, Environments, Components, Codes, Versions int
	// Schedules, Serverless, Marketplace, Connections, LabelingJobs, Assets and
	// Datasets are the numbers of each.
	Schedules, Serverless, Marketplace, Connections, LabelingJobs, Assets, Datasets int
	// OnlineEndpoints and BatchEndpoints are the numbers of each, and Deployments
	// that of deployments of every endpoint.
	OnlineEndpoints, BatchEndpoints, Deployments int
	// Featuresets and Entities are the numbers of containers in the feature store,
	// and FeaturesPerVersion that of features of each version of a feature set.
	Featuresets, FeaturesPerVersion, Entities int
	// OutboundRules, PrivateEndpoints and CapabilityHosts are the numbers of each.
	OutboundRules, PrivateEndpoints, CapabilityHosts int
	// Threads, Agents, AgentFiles and VectorStores are the numbers of each in each
	// workspace; Messages and AgentRuns those of each thread, Steps those of each run
	// of an agent, and StoreFiles those of each vector store.
	Threads, Messages, AgentRuns, Steps, Agents, AgentFiles, VectorStores, StoreFiles int
	// Evaluations, EvaluationSchedules, Indexes and Prompts are the numbers of each, and
	// Templates that of deployment templates in each registry. Indexes, prompts and
	// templates have Versions.
	Evaluations, EvaluationSchedules, Indexes, Prompts, Templates int
	// Projects is how many of the workspaces, from the last, are AI projects. The first
	// workspace is their hub then.
	Projects int
	// Registries is the number of registries in the resource group.
	Registries int
	// ChildrenInQuery lets the list of an experiment's runs hold its child runs
	// too, which no published page rules out.
	ChildrenInQuery bool
	// Restarts lets a canceled job run again once, after it has been read once.
	Restarts bool
}
