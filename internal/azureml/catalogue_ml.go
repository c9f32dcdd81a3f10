package azureml

import (
	"slices"

	"azureml-dsr/internal/dsr"
)

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
	// ARM: the newest stable one that is published. A setting may replace it, since
	// the other clouds lag behind.
	MachineLearningVersion = "2026-09-01"

	// capabilityVersion is the first one that is known to have capability hosts.
	capabilityVersion = "2026-05-01"

	labelingVersion = "2024-01-01-preview"
)

// Discovery lists of the second generation, by subscription and by resource group.
const (
	DiscoverMachineLearning        = "W01"
	DiscoverMachineLearningOfGroup = "W02"
	DiscoverRegistries             = "W65s"
	DiscoverRegistriesOfGroup      = "W65g"
)

// mlTable returns the rows of the second generation. Their ids are those of the
// published routes. Where several calls share one, it has a letter behind it.
func mlTable() []Operation {
	const (
		ws, exp, fs, reg = dsr.MachineLearningWorkspace, dsr.MachineLearningExperiment, dsr.FeatureSet, dsr.Registry
		v                = MachineLearningVersion
	)

	rows := slices.Concat([]Operation{
		{ID: "W03", OperationID: "Workspaces_Get", Type: "ml-workspaces", Level: ws, Path: mlSpace, APIVersion: v, Secrets: values("/properties/sdkTelemetryAppInsightsKey")},
		{ID: "W04", OperationID: "Compute_List", Type: "ml-computes", Level: ws, Path: mlSpace + "/computes", APIVersion: v, Shape: List, Key: "name", Secrets: mlComputeSecrets()},
		{ID: "W05", OperationID: "Compute_Get", Type: "ml-computes", Level: ws, Path: mlSpace + "/computes/{item}", APIVersion: v, Shape: Item, Of: "W04", Secrets: mlComputeSecrets(), Owners: assignedUser()},
		{ID: "W06", OperationID: "Datastores_List", Type: "ml-datastores", Level: ws, Path: mlSpace + "/datastores", APIVersion: v, Shape: List, Key: "name", Secrets: datastoreSecrets()},
		{ID: "W07", OperationID: "Datastores_Get", Type: "ml-datastores", Level: ws, Path: mlSpace + "/datastores/{item}", APIVersion: v, Shape: Item, Of: "W06", Secrets: datastoreSecrets()},
	}, workspaceAssets(), []Operation{
		{ID: "W28", OperationID: "Jobs_List", Type: "ml-jobs", Level: ws, Path: mlSpace + "/jobs" + all, APIVersion: v, Shape: List, Key: "name", Secrets: jobSecrets()},
		{ID: "W29", OperationID: "Jobs_Get", Type: "ml-jobs", Level: ws, Path: mlSpace + "/jobs/{item}", APIVersion: v, Shape: Item, Of: "W28", Secrets: jobSecrets()},
		{ID: "W30", OperationID: "Schedules_List", Type: "ml-schedules", Level: ws, Path: mlSpace + "/schedules" + all, APIVersion: v, Shape: List, Key: "name", Secrets: scheduleSecrets()},
		{ID: "W31", OperationID: "Schedules_Get", Type: "ml-schedules", Level: ws, Path: mlSpace + "/schedules/{item}", APIVersion: v, Shape: Item, Of: "W30", Secrets: scheduleSecrets()},
		{ID: "W32", OperationID: "OnlineEndpoints_List", Type: "ml-online-endpoints", Level: ws, Path: mlSpace + "/onlineEndpoints", APIVersion: v, Shape: List, Key: "name"},
		{ID: "W33", OperationID: "OnlineEndpoints_Get", Type: "ml-online-endpoints", Level: ws, Path: mlSpace + "/onlineEndpoints/{item}", APIVersion: v, Shape: Item, Of: "W32"},
		{ID: "W34", OperationID: "OnlineDeployments_List", Type: "ml-online-deployments", Level: ws, Path: mlSpace + "/onlineEndpoints/{item}/deployments", APIVersion: v, Shape: ItemList, Of: "W32", Key: "name", Secrets: deploymentSecrets()},
		{ID: "W35", OperationID: "OnlineDeployments_Get", Type: "ml-online-deployments", Level: ws, Path: mlSpace + "/onlineEndpoints/{item}/deployments/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W34", Secrets: deploymentSecrets()},
		{ID: "W36", OperationID: "BatchEndpoints_List", Type: "ml-batch-endpoints", Level: ws, Path: mlSpace + "/batchEndpoints", APIVersion: v, Shape: List, Key: "name"},
		{ID: "W37", OperationID: "BatchEndpoints_Get", Type: "ml-batch-endpoints", Level: ws, Path: mlSpace + "/batchEndpoints/{item}", APIVersion: v, Shape: Item, Of: "W36"},
		{ID: "W38", OperationID: "BatchDeployments_List", Type: "ml-batch-deployments", Level: ws, Path: mlSpace + "/batchEndpoints/{item}/deployments", APIVersion: v, Shape: ItemList, Of: "W36", Key: "name", Secrets: deploymentSecrets()},
		{ID: "W39", OperationID: "BatchDeployments_Get", Type: "ml-batch-deployments", Level: ws, Path: mlSpace + "/batchEndpoints/{item}/deployments/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W38", Secrets: deploymentSecrets()},
		{ID: "W40", OperationID: "ServerlessEndpoints_List", Type: "ml-serverless-endpoints", Level: ws, Path: mlSpace + "/serverlessEndpoints", APIVersion: v, Shape: List, Key: "name", Optional: true},
		{ID: "W41", OperationID: "ServerlessEndpoints_Get", Type: "ml-serverless-endpoints", Level: ws, Path: mlSpace + "/serverlessEndpoints/{item}", APIVersion: v, Shape: Item, Of: "W40"},
		{ID: "W40m", OperationID: "MarketplaceSubscriptions_List", Type: "ml-marketplace-subscriptions", Level: ws, Path: mlSpace + "/marketplaceSubscriptions", APIVersion: v, Shape: List, Key: "name", Optional: true},
		{ID: "W41m", OperationID: "MarketplaceSubscriptions_Get", Type: "ml-marketplace-subscriptions", Level: ws, Path: mlSpace + "/marketplaceSubscriptions/{item}", APIVersion: v, Shape: Item, Of: "W40m"},
		{ID: "W42", OperationID: "WorkspaceConnections_List", Type: "ml-connections", Level: ws, Path: mlSpace + "/connections", APIVersion: v, Shape: List, Key: "name", Secrets: connectionSecrets()},
		{ID: "W43", OperationID: "WorkspaceConnections_Get", Type: "ml-connections", Level: ws, Path: mlSpace + "/connections/{item}", APIVersion: v, Shape: Item, Of: "W42", Secrets: connectionSecrets()},
		{ID: "W44", OperationID: "FeaturesetContainers_List", Type: "ml-featuresets", Level: ws, Path: mlSpace + "/featuresets" + all, APIVersion: v, Shape: List, Key: "name", Optional: true},
		{ID: "W45", OperationID: "FeaturesetContainers_GetEntity", Type: "ml-featuresets", Level: ws, Path: mlSpace + "/featuresets/{item}", APIVersion: v, Shape: Item, Of: "W44"},
		{ID: "W44v", OperationID: "FeaturesetVersions_List", Type: "ml-featureset-versions", Level: fs, Path: mlSpace + "/featuresets/{name}/versions" + all, APIVersion: v, Shape: List, Key: "name"},
		{ID: "W45v", OperationID: "FeaturesetVersions_Get", Type: "ml-featureset-versions", Level: fs, Path: mlSpace + "/featuresets/{name}/versions/{item}", APIVersion: v, Shape: Item, Of: "W44v"},
		{ID: "W44f", OperationID: "Features_List", Type: "ml-features", Level: fs, Path: mlSpace + "/featuresets/{name}/versions/{item}/features" + all, APIVersion: v, Shape: ItemList, Of: "W44v", Key: "name"},
		{ID: "W45f", OperationID: "Features_Get", Type: "ml-features", Level: fs, Path: mlSpace + "/featuresets/{name}/versions/{item}/features/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W44f"},
		{ID: "W46", OperationID: "FeaturestoreEntityContainers_List", Type: "ml-featurestore-entities", Level: ws, Path: mlSpace + "/featurestoreEntities" + all, APIVersion: v, Shape: List, Key: "name", Optional: true},
		{ID: "W47", OperationID: "FeaturestoreEntityContainers_GetEntity", Type: "ml-featurestore-entities", Level: ws, Path: mlSpace + "/featurestoreEntities/{item}", APIVersion: v, Shape: Item, Of: "W46"},
		{ID: "W46v", OperationID: "FeaturestoreEntityVersions_List", Type: "ml-featurestore-entity-versions", Level: ws, Path: mlSpace + "/featurestoreEntities/{item}/versions" + all, APIVersion: v, Shape: ItemList, Of: "W46", Key: "name"},
		{ID: "W47v", OperationID: "FeaturestoreEntityVersions_Get", Type: "ml-featurestore-entity-versions", Level: ws, Path: mlSpace + "/featurestoreEntities/{item}/versions/{entry}", APIVersion: v, Shape: ItemEntry, Of: "W46v"},
		{ID: "W48", OperationID: "LabelingJobs_List", Type: "ml-labeling-jobs", Level: ws, Path: mlSpace + "/labelingJobs", APIVersion: labelingVersion, Shape: List, Key: "name", Optional: true},
		{ID: "W49", OperationID: "LabelingJobs_Get", Type: "ml-labeling-jobs", Level: ws, Path: mlSpace + "/labelingJobs/{item}", APIVersion: labelingVersion, Shape: Item, Of: "W48"},
		{ID: "W50", OperationID: "Experiments_GetByQuery", Type: "ml-experiments", Level: ws, Plane: MLWorkspace, Path: mlHistory + "/experiments:query", Body: `{"viewType":"All","top":100,"continuationToken":{cursor}}`, Shape: List, Key: "experimentId"},
		{ID: "W51", OperationID: "Experiments_GetById", Type: "ml-experiments", Level: ws, Plane: MLWorkspace, Path: mlHistory + "/experimentids/{item}", Shape: Item, Of: "W50"},
		{ID: "W52", Type: "ml-runs", Level: exp, Plane: MLWorkspace, Path: mlHistory + "/experimentids/{name}/runs:query", Body: `{"top":50,"continuationToken":{cursor}}`, Shape: List, Key: "runId", Secrets: mlRunSecrets()},
		{ID: "W53", Type: "ml-runs", Level: exp, Plane: MLWorkspace, Path: mlRun, Shape: Item, Of: "W52", Secrets: mlRunSecrets(), Owners: createdBy()},
		{ID: "W54", Type: "ml-runs", Level: exp, Plane: MLWorkspace, Path: mlRun + "/children?$top=100", Token: "$continuationtoken", Shape: Children, Of: "W52", Key: "runId", Secrets: mlRunSecrets()},
		{ID: "W55", Type: "ml-run-details", Level: exp, Plane: MLWorkspace, Path: mlRun + "/details", Shape: Item, Of: "W52", Secrets: mlRunSecrets(), Owners: createdBy()},
		{ID: "W55d", Type: "ml-run-data", Level: exp, Plane: MLWorkspace, Path: mlHistory + "/rundata", Body: `{"runId":{item},"selectRunMetadata":true,"selectRunDefinition":true,"selectJobSpecification":true}`, Shape: Item, Of: "W52", Secrets: runDataSecrets()},
		{ID: "W56", Type: "ml-run-metrics", Level: exp, Plane: MLWorkspace, Path: mlMetrics + "/list", Body: `{"continuationToken":{cursor}}`, Shape: ItemList, Of: "W52", Key: "metricKey"},
		{ID: "W57", Type: "ml-run-metrics", Level: exp, Plane: MLWorkspace, Path: mlMetrics + "/full", Body: `{"metricName":{entry.name},"metricNamespace":{entry.namespace},"continuationToken":{cursor}}`, Shape: ItemEntry, Of: "W56", Paged: true},
		{ID: "W58", Type: "ml-run-artifacts", Level: exp, Plane: MLWorkspace, Path: mlHistory + "/experimentids/{name}/runs/{item}/artifacts", Shape: ItemList, Of: "W52", Key: "path"},
		{ID: "W59", OperationID: "Artifacts_ListInContainer", Type: "ml-artifacts", Level: exp, Plane: MLWorkspace, Path: mlArtifacts, Shape: ItemList, Of: "W52", Key: "path"},
		{ID: "W60", OperationID: "Artifacts_GetContentInformation", Type: "ml-artifacts", Level: exp, Plane: MLWorkspace, Path: mlArtifacts + "/contentinfo?path={entry}", Shape: ItemEntry, Of: "W59", Secrets: links("/contentUri"), Content: true},
		{ID: "W61", Type: "ml-run-spans", Level: exp, Plane: MLWorkspace, Path: "/history/v1.0/private" + mlSpace + "/runs/{item}/spans", Shape: ItemList, Of: "W52"},
		{ID: "W62", Type: "ml-registered-models", Level: ws, Plane: MLWorkspace, Path: mlModels + "/models" + all, Token: "$skipToken", Shape: List, Key: "id", Secrets: modelSecrets()},
		{ID: "W62i", Type: "ml-registered-models", Level: ws, Plane: MLWorkspace, Path: mlModels + "/models/{item}", Shape: Item, Of: "W62", Secrets: modelSecrets(), Owners: createdBy()},
		{ID: "W63", Type: "ml-assets", Level: ws, Plane: MLWorkspace, Path: mlModels + "/assets", Token: "$skipToken", Shape: List, Key: "id"},
		{ID: "W63i", Type: "ml-assets", Level: ws, Plane: MLWorkspace, Path: mlModels + "/assets/{item}", Shape: Item, Of: "W63"},
		{ID: "W64", Type: "ml-datasets", Level: ws, Plane: MLWorkspace, Path: mlDatasets + "/datasets", Shape: List},
		{ID: "W64c", Type: "ml-data-containers", Level: ws, Plane: MLWorkspace, Path: mlData + "/datacontainer", Shape: List, Key: "name"},
		{ID: "W64v", Type: "ml-data-container-versions", Level: ws, Plane: MLWorkspace, Path: mlData + "/dataversion/{item}/versions", Shape: ItemList, Of: "W64c"},
		{ID: "W65", OperationID: "Registries_Get", Type: "ml-registries", Level: reg, Path: registry, APIVersion: v},
	}, registryAssets(), aiProjectRows(), templateRows(), []Operation{
		{ID: "W67", OperationID: "ManagedNetworkSettingsRule_List", Type: "ml-outbound-rules", Level: ws, Path: mlSpace + "/outboundRules", APIVersion: v, Shape: List, Key: "name", Optional: true},
		{ID: "W67i", OperationID: "ManagedNetworkSettingsRule_Get", Type: "ml-outbound-rules", Level: ws, Path: mlSpace + "/outboundRules/{item}", APIVersion: v, Shape: Item, Of: "W67"},
		{ID: "W67p", OperationID: "PrivateEndpointConnections_List", Type: "ml-private-endpoint-connections", Level: ws, Path: mlSpace + "/privateEndpointConnections", APIVersion: v, Shape: List, Key: "name", Optional: true},
		{ID: "W67q", OperationID: "PrivateEndpointConnections_Get", Type: "ml-private-endpoint-connections", Level: ws, Path: mlSpace + "/privateEndpointConnections/{item}", APIVersion: v, Shape: Item, Of: "W67p"},
		{ID: "W67c", Type: "ml-capability-hosts", Level: ws, Path: mlSpace + "/capabilityHosts", APIVersion: v, Since: capabilityVersion, Shape: List, Key: "name", Optional: true},
		{ID: "W67d", Type: "ml-capability-hosts", Level: ws, Path: mlSpace + "/capabilityHosts/{item}", APIVersion: v, Since: capabilityVersion, Shape: Item, Of: "W67c"},

		{ID: DiscoverMachineLearning, OperationID: "Workspaces_ListBySubscription", Level: dsr.ResourceGroup, Path: "/subscriptions/{subscriptionId}" + services + "/workspaces", APIVersion: v, Shape: List, Key: "id"},
		{ID: DiscoverMachineLearningOfGroup, OperationID: "Workspaces_ListByResourceGroup", Level: dsr.ResourceGroup, Path: resourceGroup + services + "/workspaces", APIVersion: v, Shape: List, Key: "id"},
		{ID: DiscoverRegistries, OperationID: "Registries_ListBySubscription", Level: dsr.ResourceGroup, Path: "/subscriptions/{subscriptionId}" + services + "/registries", APIVersion: v, Shape: List, Key: "id"},
		{ID: DiscoverRegistriesOfGroup, OperationID: "Registries_List", Level: dsr.ResourceGroup, Path: resourceGroup + services + "/registries", APIVersion: v, Shape: List, Key: "id"},
	})
	for i, op := range rows {
		if op.Plane == ARM && op.Type != "ml-computes" {
			rows[i].Owners = systemData()
		}
	}

	return rows
}

// createdBy is where the data plane says who made a thing.
func createdBy() []Owner { return []Owner{{"/createdBy", UserRecord}} }

// assignedUser is where a compute instance says whose it is: the person that it is
// assigned to or, where that is nobody, the one who made it. Another kind of compute is
// not its maker's.
func assignedUser() []Owner {
	return []Owner{
		{"/properties/properties/personalComputeInstanceSettings/assignedUser", AssignedUser},
		{"/properties/properties/createdBy", ComputeCreator},
	}
}
