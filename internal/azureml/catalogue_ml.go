package azureml

import "azureml-dsr/internal/dsr"

// Prefixes of the second generation's rows, those of the provider
// Microsoft.MachineLearningServices.
const (
	services = "/providers/Microsoft.MachineLearningServices"
	mlSpace  = resourceGroup + services + "/workspaces/{workspace}"
	registry = resourceGroup + services + "/registries/{name}"

	// The data plane has its version in the path, before the workspace's ARM id.
	mlHistory   = "/history/v1.0" + mlSpace
	mlRun       = mlHistory + "/runs/{item}"
	mlMetrics   = "/metric/v2.0" + mlSpace + "/runs/{item}"
	mlArtifacts = "/artifact/v2.0" + mlSpace + "/artifacts/ExperimentRun/dcid.{item}"
	mlModels    = "/modelregistry/v1.0" + mlSpace
	mlDatasets  = "/dataset/v2.0" + mlSpace
	mlData      = "/data/v1.0" + mlSpace

	// all asks for what is archived too, which a list leaves out otherwise.
	all = "?listViewType=All"
)

const (
	// MachineLearningVersion is the api-version of the second generation's rows on
	// ARM: the newest that Microsoft's published reference shows. A setting may
	// replace it, for the other clouds lag behind.
	MachineLearningVersion = "2026-05-01"

	labelingVersion = "2024-01-01-preview"
)

// Discovery lists of the second generation, by subscription and by resource group.
const (
	DiscoverMachineLearning        = "W01"
	DiscoverMachineLearningOfGroup = "W02"
	DiscoverRegistries             = "W65s"
	DiscoverRegistriesOfGroup      = "W65g"
)

// mlTable makes the rows of the second generation. A row's id is that of the
// published routes; where one id stands for several calls, the others have a
// letter behind it.
func mlTable() []Endpoint {
	const (
		ws, exp, fs, reg = dsr.MachineLearningWorkspace, dsr.MachineLearningExperiment, dsr.FeatureSet, dsr.Registry
		v                = MachineLearningVersion
	)
	rows := []Endpoint{
		{ID: "W03", Type: "ml-workspaces", Level: ws, Path: mlSpace, APIVersion: v, Secrets: values("/properties/sdkTelemetryAppInsightsKey")},
		{ID: "W04", Type: "ml-computes", Level: ws, Path: mlSpace + "/computes", APIVersion: v, Shape: List, Key: "name", Secrets: mlComputeSecrets()},
		{ID: "W05", Type: "ml-computes", Level: ws, Path: mlSpace + "/computes/{item}", APIVersion: v, Shape: Item, Of: "W04", Secrets: mlComputeSecrets(), Owners: assignedUser()},
		{ID: "W06", Type: "ml-datastores", Level: ws, Path: mlSpace + "/datastores", APIVersion: v, Shape: List, Key: "name", Secrets: datastoreSecrets()},
		{ID: "W07", Type: "ml-datastores", Level: ws, Path: mlSpace + "/datastores/{item}", APIVersion: v, Shape: Item, Of: "W06", Secrets: datastoreSecrets()},
		{ID: "W08", Type: "ml-data", Level: ws, Path: mlSpace + "/data" + all, APIVersion: v, Shape: List, Key: "name"},
		{ID: "W09", Type: "ml-data", Level: ws, Path: mlSpace + "/data/{item}", APIVersion: v, Shape: Item, Of: "W08"},
		{ID: "W10", Type: "ml-data-versions", Level: ws, Path: mlSpace + "/data/{item}/versions" + all, APIVersion: v, Shape: ItemList, Of: "W08", Key: "name", Secrets: linksInAsset()},
		{ID: "W11", Type: "ml-data-versions", Level: ws, Path: mlSpace + "/data/{item}/versions/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W10", Secrets: linksInAsset()},
		{ID: "W12", Type: "ml-models", Level: ws, Path: mlSpace + "/models" + all, APIVersion: v, Shape: List, Key: "name"},
		{ID: "W13", Type: "ml-models", Level: ws, Path: mlSpace + "/models/{item}", APIVersion: v, Shape: Item, Of: "W12"},
		{ID: "W14", Type: "ml-model-versions", Level: ws, Path: mlSpace + "/models/{item}/versions" + all, APIVersion: v, Shape: ItemList, Of: "W12", Key: "name", Secrets: linksInAsset()},
		{ID: "W15", Type: "ml-model-versions", Level: ws, Path: mlSpace + "/models/{item}/versions/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W14", Secrets: linksInAsset()},
		{ID: "W16", Type: "ml-environments", Level: ws, Path: mlSpace + "/environments" + all, APIVersion: v, Shape: List, Key: "name"},
		{ID: "W17", Type: "ml-environments", Level: ws, Path: mlSpace + "/environments/{item}", APIVersion: v, Shape: Item, Of: "W16"},
		{ID: "W18", Type: "ml-environment-versions", Level: ws, Path: mlSpace + "/environments/{item}/versions" + all, APIVersion: v, Shape: ItemList, Of: "W16", Key: "name", Secrets: linksInAsset()},
		{ID: "W19", Type: "ml-environment-versions", Level: ws, Path: mlSpace + "/environments/{item}/versions/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W18", Secrets: linksInAsset()},
		{ID: "W20", Type: "ml-components", Level: ws, Path: mlSpace + "/components" + all, APIVersion: v, Shape: List, Key: "name"},
		{ID: "W21", Type: "ml-components", Level: ws, Path: mlSpace + "/components/{item}", APIVersion: v, Shape: Item, Of: "W20"},
		{ID: "W22", Type: "ml-component-versions", Level: ws, Path: mlSpace + "/components/{item}/versions" + all, APIVersion: v, Shape: ItemList, Of: "W20", Key: "name", Secrets: linksInAsset()},
		{ID: "W23", Type: "ml-component-versions", Level: ws, Path: mlSpace + "/components/{item}/versions/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W22", Secrets: linksInAsset()},
		{ID: "W24", Type: "ml-codes", Level: ws, Path: mlSpace + "/codes", APIVersion: v, Shape: List, Key: "name"},
		{ID: "W25", Type: "ml-codes", Level: ws, Path: mlSpace + "/codes/{item}", APIVersion: v, Shape: Item, Of: "W24"},
		{ID: "W26", Type: "ml-code-versions", Level: ws, Path: mlSpace + "/codes/{item}/versions", APIVersion: v, Shape: ItemList, Of: "W24", Key: "name", Secrets: linksInAsset()},
		{ID: "W27", Type: "ml-code-versions", Level: ws, Path: mlSpace + "/codes/{item}/versions/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W26", Secrets: linksInAsset()},
		{ID: "W28", Type: "ml-jobs", Level: ws, Path: mlSpace + "/jobs" + all, APIVersion: v, Shape: List, Key: "name", Secrets: jobSecrets()},
		{ID: "W29", Type: "ml-jobs", Level: ws, Path: mlSpace + "/jobs/{item}", APIVersion: v, Shape: Item, Of: "W28", Secrets: jobSecrets()},
		{ID: "W30", Type: "ml-schedules", Level: ws, Path: mlSpace + "/schedules" + all, APIVersion: v, Shape: List, Key: "name", Secrets: scheduleSecrets()},
		{ID: "W31", Type: "ml-schedules", Level: ws, Path: mlSpace + "/schedules/{item}", APIVersion: v, Shape: Item, Of: "W30", Secrets: scheduleSecrets()},
		{ID: "W32", Type: "ml-online-endpoints", Level: ws, Path: mlSpace + "/onlineEndpoints", APIVersion: v, Shape: List, Key: "name"},
		{ID: "W33", Type: "ml-online-endpoints", Level: ws, Path: mlSpace + "/onlineEndpoints/{item}", APIVersion: v, Shape: Item, Of: "W32"},
		{ID: "W34", Type: "ml-online-deployments", Level: ws, Path: mlSpace + "/onlineEndpoints/{item}/deployments", APIVersion: v, Shape: ItemList, Of: "W32", Key: "name", Secrets: deploymentSecrets()},
		{ID: "W35", Type: "ml-online-deployments", Level: ws, Path: mlSpace + "/onlineEndpoints/{item}/deployments/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W34", Secrets: deploymentSecrets()},
		{ID: "W36", Type: "ml-batch-endpoints", Level: ws, Path: mlSpace + "/batchEndpoints", APIVersion: v, Shape: List, Key: "name"},
		{ID: "W37", Type: "ml-batch-endpoints", Level: ws, Path: mlSpace + "/batchEndpoints/{item}", APIVersion: v, Shape: Item, Of: "W36"},
		{ID: "W38", Type: "ml-batch-deployments", Level: ws, Path: mlSpace + "/batchEndpoints/{item}/deployments", APIVersion: v, Shape: ItemList, Of: "W36", Key: "name", Secrets: deploymentSecrets()},
		{ID: "W39", Type: "ml-batch-deployments", Level: ws, Path: mlSpace + "/batchEndpoints/{item}/deployments/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W38", Secrets: deploymentSecrets()},
		{ID: "W40", Type: "ml-serverless-endpoints", Level: ws, Path: mlSpace + "/serverlessEndpoints", APIVersion: v, Shape: List, Key: "name", Optional: true},
		{ID: "W41", Type: "ml-serverless-endpoints", Level: ws, Path: mlSpace + "/serverlessEndpoints/{item}", APIVersion: v, Shape: Item, Of: "W40"},
		{ID: "W40m", Type: "ml-marketplace-subscriptions", Level: ws, Path: mlSpace + "/marketplaceSubscriptions", APIVersion: v, Shape: List, Key: "name", Optional: true},
		{ID: "W41m", Type: "ml-marketplace-subscriptions", Level: ws, Path: mlSpace + "/marketplaceSubscriptions/{item}", APIVersion: v, Shape: Item, Of: "W40m"},
		{ID: "W42", Type: "ml-connections", Level: ws, Path: mlSpace + "/connections", APIVersion: v, Shape: List, Key: "name", Secrets: connectionSecrets()},
		{ID: "W43", Type: "ml-connections", Level: ws, Path: mlSpace + "/connections/{item}", APIVersion: v, Shape: Item, Of: "W42", Secrets: connectionSecrets()},
		{ID: "W44", Type: "ml-featuresets", Level: ws, Path: mlSpace + "/featuresets" + all, APIVersion: v, Shape: List, Key: "name", Optional: true},
		{ID: "W45", Type: "ml-featuresets", Level: ws, Path: mlSpace + "/featuresets/{item}", APIVersion: v, Shape: Item, Of: "W44"},
		{ID: "W44v", Type: "ml-featureset-versions", Level: fs, Path: mlSpace + "/featuresets/{name}/versions" + all, APIVersion: v, Shape: List, Key: "name"},
		{ID: "W45v", Type: "ml-featureset-versions", Level: fs, Path: mlSpace + "/featuresets/{name}/versions/{item}", APIVersion: v, Shape: Item, Of: "W44v"},
		{ID: "W44f", Type: "ml-features", Level: fs, Path: mlSpace + "/featuresets/{name}/versions/{item}/features" + all, APIVersion: v, Shape: ItemList, Of: "W44v", Key: "name"},
		{ID: "W45f", Type: "ml-features", Level: fs, Path: mlSpace + "/featuresets/{name}/versions/{item}/features/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W44f"},
		{ID: "W46", Type: "ml-featurestore-entities", Level: ws, Path: mlSpace + "/featurestoreEntities" + all, APIVersion: v, Shape: List, Key: "name", Optional: true},
		{ID: "W47", Type: "ml-featurestore-entities", Level: ws, Path: mlSpace + "/featurestoreEntities/{item}", APIVersion: v, Shape: Item, Of: "W46"},
		{ID: "W46v", Type: "ml-featurestore-entity-versions", Level: ws, Path: mlSpace + "/featurestoreEntities/{item}/versions" + all, APIVersion: v, Shape: ItemList, Of: "W46", Key: "name"},
		{ID: "W47v", Type: "ml-featurestore-entity-versions", Level: ws, Path: mlSpace + "/featurestoreEntities/{item}/versions/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W46v"},
		{ID: "W48", Type: "ml-labeling-jobs", Level: ws, Path: mlSpace + "/labelingJobs", APIVersion: labelingVersion, Shape: List, Key: "name", Optional: true},
		{ID: "W49", Type: "ml-labeling-jobs", Level: ws, Path: mlSpace + "/labelingJobs/{item}", APIVersion: labelingVersion, Shape: Item, Of: "W48"},
		{ID: "W50", Type: "ml-experiments", Level: ws, Plane: MLWorkspace, Path: mlHistory + "/experiments:query", Body: `{"viewType":"All","top":100,"continuationToken":{cursor}}`, Shape: List, Key: "experimentId"},
		{ID: "W51", Type: "ml-experiments", Level: ws, Plane: MLWorkspace, Path: mlHistory + "/experimentids/{item}", Shape: Item, Of: "W50"},
		{ID: "W52", Type: "ml-runs", Level: exp, Plane: MLWorkspace, Path: mlHistory + "/experimentids/{name}/runs:query", Body: `{"top":50,"continuationToken":{cursor}}`, Shape: List, Key: "runId", Secrets: mlRunSecrets()},
		{ID: "W53", Type: "ml-runs", Level: exp, Plane: MLWorkspace, Path: mlRun, Shape: Item, Of: "W52", Secrets: mlRunSecrets(), Owners: createdBy()},
		{ID: "W54", Type: "ml-runs", Level: exp, Plane: MLWorkspace, Path: mlRun + "/children?$top=100", Token: "$continuationtoken", Shape: Children, Of: "W52", Key: "runId", Secrets: mlRunSecrets()},
		{ID: "W55", Type: "ml-run-details", Level: exp, Plane: MLWorkspace, Path: mlRun + "/details", Shape: Item, Of: "W52", Secrets: mlRunSecrets(), Owners: createdBy()},
		{ID: "W55d", Type: "ml-run-data", Level: exp, Plane: MLWorkspace, Path: mlHistory + "/rundata", Body: `{"runId":{item},"selectRunMetadata":true,"selectRunDefinition":true,"selectJobSpecification":true}`, Shape: Item, Of: "W52", Secrets: runDataSecrets()},
		{ID: "W56", Type: "ml-run-metrics", Level: exp, Plane: MLWorkspace, Path: mlMetrics + "/list", Body: `{"continuationToken":{cursor}}`, Shape: ItemList, Of: "W52", Key: "metricKey"},
		{ID: "W57", Type: "ml-run-metrics", Level: exp, Plane: MLWorkspace, Path: mlMetrics + "/full", Body: `{"metricName":{entry.name},"metricNamespace":{entry.namespace},"continuationToken":{cursor}}`, Shape: ItemEntry, Of: "W56", Paged: true},
		{ID: "W58", Type: "ml-run-artifacts", Level: exp, Plane: MLWorkspace, Path: mlHistory + "/experimentids/{name}/runs/{item}/artifacts", Shape: ItemList, Of: "W52", Key: "path"},
		{ID: "W59", Type: "ml-artifacts", Level: exp, Plane: MLWorkspace, Path: mlArtifacts, Shape: ItemList, Of: "W52", Key: "path"},
		{ID: "W60", Type: "ml-artifacts", Level: exp, Plane: MLWorkspace, Path: mlArtifacts + "/contentinfo?path={entry}", Shape: ItemEntry, Of: "W59", Secrets: links("/contentUri"), Content: true},
		{ID: "W61", Type: "ml-run-spans", Level: exp, Plane: MLWorkspace, Path: "/history/v1.0/private" + mlSpace + "/runs/{item}/spans", Shape: ItemList, Of: "W52"},
		{ID: "W62", Type: "ml-registered-models", Level: ws, Plane: MLWorkspace, Path: mlModels + "/models" + all, Token: "$skipToken", Shape: List, Key: "id", Secrets: modelSecrets()},
		{ID: "W62i", Type: "ml-registered-models", Level: ws, Plane: MLWorkspace, Path: mlModels + "/models/{item}", Shape: Item, Of: "W62", Secrets: modelSecrets(), Owners: createdBy()},
		{ID: "W63", Type: "ml-assets", Level: ws, Plane: MLWorkspace, Path: mlModels + "/assets", Token: "$skipToken", Shape: List, Key: "id"},
		{ID: "W63i", Type: "ml-assets", Level: ws, Plane: MLWorkspace, Path: mlModels + "/assets/{item}", Shape: Item, Of: "W63"},
		{ID: "W64", Type: "ml-datasets", Level: ws, Plane: MLWorkspace, Path: mlDatasets + "/datasets", Shape: List},
		{ID: "W64c", Type: "ml-data-containers", Level: ws, Plane: MLWorkspace, Path: mlData + "/datacontainer", Shape: List, Key: "name"},
		{ID: "W64v", Type: "ml-data-container-versions", Level: ws, Plane: MLWorkspace, Path: mlData + "/dataversion/{item}/versions", Shape: ItemList, Of: "W64c"},
		{ID: "W65", Type: "ml-registries", Level: reg, Path: registry, APIVersion: v},
		{ID: "W66a", Type: "ml-registry-data", Level: reg, Path: registry + "/data" + all, APIVersion: v, Shape: List, Key: "name"},
		{ID: "W66b", Type: "ml-registry-data", Level: reg, Path: registry + "/data/{item}", APIVersion: v, Shape: Item, Of: "W66a"},
		{ID: "W66c", Type: "ml-registry-data-versions", Level: reg, Path: registry + "/data/{item}/versions" + all, APIVersion: v, Shape: ItemList, Of: "W66a", Key: "name", Secrets: linksInAsset()},
		{ID: "W66d", Type: "ml-registry-data-versions", Level: reg, Path: registry + "/data/{item}/versions/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W66c", Secrets: linksInAsset()},
		{ID: "W66e", Type: "ml-registry-models", Level: reg, Path: registry + "/models" + all, APIVersion: v, Shape: List, Key: "name"},
		{ID: "W66f", Type: "ml-registry-models", Level: reg, Path: registry + "/models/{item}", APIVersion: v, Shape: Item, Of: "W66e"},
		{ID: "W66g", Type: "ml-registry-model-versions", Level: reg, Path: registry + "/models/{item}/versions" + all, APIVersion: v, Shape: ItemList, Of: "W66e", Key: "name", Secrets: linksInAsset()},
		{ID: "W66h", Type: "ml-registry-model-versions", Level: reg, Path: registry + "/models/{item}/versions/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W66g", Secrets: linksInAsset()},
		{ID: "W66i", Type: "ml-registry-environments", Level: reg, Path: registry + "/environments" + all, APIVersion: v, Shape: List, Key: "name"},
		{ID: "W66j", Type: "ml-registry-environments", Level: reg, Path: registry + "/environments/{item}", APIVersion: v, Shape: Item, Of: "W66i"},
		{ID: "W66k", Type: "ml-registry-environment-versions", Level: reg, Path: registry + "/environments/{item}/versions" + all, APIVersion: v, Shape: ItemList, Of: "W66i", Key: "name", Secrets: linksInAsset()},
		{ID: "W66l", Type: "ml-registry-environment-versions", Level: reg, Path: registry + "/environments/{item}/versions/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W66k", Secrets: linksInAsset()},
		{ID: "W66m", Type: "ml-registry-components", Level: reg, Path: registry + "/components", APIVersion: v, Shape: List, Key: "name"},
		{ID: "W66n", Type: "ml-registry-components", Level: reg, Path: registry + "/components/{item}", APIVersion: v, Shape: Item, Of: "W66m"},
		{ID: "W66o", Type: "ml-registry-component-versions", Level: reg, Path: registry + "/components/{item}/versions", APIVersion: v, Shape: ItemList, Of: "W66m", Key: "name", Secrets: linksInAsset()},
		{ID: "W66p", Type: "ml-registry-component-versions", Level: reg, Path: registry + "/components/{item}/versions/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W66o", Secrets: linksInAsset()},
		{ID: "W66q", Type: "ml-registry-codes", Level: reg, Path: registry + "/codes", APIVersion: v, Shape: List, Key: "name"},
		{ID: "W66r", Type: "ml-registry-codes", Level: reg, Path: registry + "/codes/{item}", APIVersion: v, Shape: Item, Of: "W66q"},
		{ID: "W66s", Type: "ml-registry-code-versions", Level: reg, Path: registry + "/codes/{item}/versions", APIVersion: v, Shape: ItemList, Of: "W66q", Key: "name", Secrets: linksInAsset()},
		{ID: "W66t", Type: "ml-registry-code-versions", Level: reg, Path: registry + "/codes/{item}/versions/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W66s", Secrets: linksInAsset()},
		{ID: "W67", Type: "ml-outbound-rules", Level: ws, Path: mlSpace + "/outboundRules", APIVersion: v, Shape: List, Key: "name", Optional: true},
		{ID: "W67i", Type: "ml-outbound-rules", Level: ws, Path: mlSpace + "/outboundRules/{item}", APIVersion: v, Shape: Item, Of: "W67"},
		{ID: "W67p", Type: "ml-private-endpoint-connections", Level: ws, Path: mlSpace + "/privateEndpointConnections", APIVersion: v, Shape: List, Key: "name", Optional: true},
		{ID: "W67q", Type: "ml-private-endpoint-connections", Level: ws, Path: mlSpace + "/privateEndpointConnections/{item}", APIVersion: v, Shape: Item, Of: "W67p"},
		{ID: "W67c", Type: "ml-capability-hosts", Level: ws, Path: mlSpace + "/capabilityHosts", APIVersion: v, Shape: List, Key: "name", Optional: true},
		{ID: "W67d", Type: "ml-capability-hosts", Level: ws, Path: mlSpace + "/capabilityHosts/{item}", APIVersion: v, Shape: Item, Of: "W67c"},

		{ID: DiscoverMachineLearning, Level: dsr.ResourceGroup, Path: "/subscriptions/{subscriptionId}" + services + "/workspaces", APIVersion: v, Shape: List, Key: "id"},
		{ID: DiscoverMachineLearningOfGroup, Level: dsr.ResourceGroup, Path: resourceGroup + services + "/workspaces", APIVersion: v, Shape: List, Key: "id"},
		{ID: DiscoverRegistries, Level: dsr.ResourceGroup, Path: "/subscriptions/{subscriptionId}" + services + "/registries", APIVersion: v, Shape: List, Key: "id"},
		{ID: DiscoverRegistriesOfGroup, Level: dsr.ResourceGroup, Path: resourceGroup + services + "/registries", APIVersion: v, Shape: List, Key: "id"},
	}
	for i, e := range rows {
		if e.Plane == ARM && e.Type != "ml-computes" {
			rows[i].Owners = []Owner{{"/systemData", SystemData}}
		}
	}
	return rows
}

// createdBy is where the data plane says who made a thing.
func createdBy() []Owner { return []Owner{{"/createdBy", UserRecord}} }

// assignedUser is whose a compute instance is: whom it is assigned to or, if that is
// nobody, who made it. Who made another compute does not own it.
func assignedUser() []Owner {
	return []Owner{
		{"/properties/properties/personalComputeInstanceSettings/assignedUser", AssignedUser},
		{"/properties/properties/createdBy", ComputeCreator},
	}
}
