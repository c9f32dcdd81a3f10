package fakeml

// mlResource is a type of ARM resource of the second generation: where it lies,
// under which name, and how many there are. Their documents are in
// ml_properties.go; routes are made from both.
type mlResource struct {
	// list and item are the ids of its rows.
	list, item string
	// in is the variable of what it lies in, and segment its part of the path.
	in, segment string
	// variable names one of them in a pattern.
	variable string
	// prefix begins the name of each. Without one the name is a version's: 1, 2, …
	prefix string
	count  func(*ML) int
	// archives marks a list that leaves out what is archived.
	archives bool
	// deletes is how a DELETE goes.
	deletes deletes
	// emptied marks what can't be deleted while something lies in it.
	emptied bool
}

// deletes is how a DELETE of a type goes unless a Deletion changes it.
type deletes int

const (
	not deletes = iota
	atOnce
	byLocation // 202, and a Location that leads to the end
	byBoth     // Azure-AsyncOperation too
)

const (
	inWorkspace = "machineLearning"
	inRegistry  = "registry"
)

// mlResources are the types of ARM resources that lie in a workspace or registry.
var mlResources = []mlResource{
	{list: "W04", item: "W05", in: inWorkspace, segment: "computes", variable: "mlCompute", prefix: "node", deletes: byBoth, count: func(m *ML) int { return m.Computes }},
	{list: "W06", item: "W07", in: inWorkspace, segment: "datastores", variable: "mlDatastore", prefix: "store", deletes: atOnce, count: func(m *ML) int { return m.Datastores }},
	{list: "W08", item: "W09", in: inWorkspace, segment: "data", variable: "mlData", prefix: "data", archives: true, deletes: atOnce, count: func(m *ML) int { return m.Data }},
	{list: "W10", item: "W11", in: "mlData", segment: "versions", variable: "mlDataVersion", archives: true, deletes: atOnce, count: versions},
	{list: "W12", item: "W13", in: inWorkspace, segment: "models", variable: "mlModel", prefix: "model", archives: true, deletes: atOnce, count: func(m *ML) int { return m.Models }},
	{list: "W14", item: "W15", in: "mlModel", segment: "versions", variable: "mlModelVersion", archives: true, deletes: atOnce, count: versions},
	{list: "W16", item: "W17", in: inWorkspace, segment: "environments", variable: "mlEnvironment", prefix: "env", archives: true, deletes: atOnce, count: func(m *ML) int { return m.Environments }},
	{list: "W18", item: "W19", in: "mlEnvironment", segment: "versions", variable: "mlEnvironmentVersion", archives: true, deletes: atOnce, count: versions},
	{list: "W20", item: "W21", in: inWorkspace, segment: "components", variable: "mlComponent", prefix: "component", archives: true, deletes: atOnce, count: func(m *ML) int { return m.Components }},
	{list: "W22", item: "W23", in: "mlComponent", segment: "versions", variable: "mlComponentVersion", archives: true, deletes: atOnce, count: versions},
	{list: "W24", item: "W25", in: inWorkspace, segment: "codes", variable: "mlCode", prefix: "code", deletes: atOnce, count: func(m *ML) int { return m.Codes }},
	{list: "W26", item: "W27", in: "mlCode", segment: "versions", variable: "mlCodeVersion", deletes: atOnce, count: versions},
	{list: "W30", item: "W31", in: inWorkspace, segment: "schedules", variable: "mlSchedule", prefix: "schedule", archives: true, deletes: byLocation, count: func(m *ML) int { return m.Schedules }},
	{list: "W32", item: "W33", in: inWorkspace, segment: "onlineEndpoints", variable: "mlOnlineEndpoint", prefix: "online", emptied: true, deletes: byLocation, count: func(m *ML) int { return m.OnlineEndpoints }},
	{list: "W34", item: "W35", in: "mlOnlineEndpoint", segment: "deployments", variable: "mlOnlineDeployment", prefix: "blue", deletes: byLocation, count: func(m *ML) int { return m.Deployments }},
	{list: "W36", item: "W37", in: inWorkspace, segment: "batchEndpoints", variable: "mlBatchEndpoint", prefix: "batch", emptied: true, deletes: byLocation, count: func(m *ML) int { return m.BatchEndpoints }},
	{list: "W38", item: "W39", in: "mlBatchEndpoint", segment: "deployments", variable: "mlBatchDeployment", prefix: "green", deletes: byLocation, count: func(m *ML) int { return m.Deployments }},
	{list: "W40", item: "W41", in: inWorkspace, segment: "serverlessEndpoints", variable: "mlServerless", prefix: "serverless", deletes: byLocation, count: func(m *ML) int { return m.Serverless }},
	{list: "W40m", item: "W41m", in: inWorkspace, segment: "marketplaceSubscriptions", variable: "mlMarketplace", prefix: "offer", deletes: byLocation, count: func(m *ML) int { return m.Marketplace }},
	{list: "W42", item: "W43", in: inWorkspace, segment: "connections", variable: "mlConnection", prefix: "connection", deletes: atOnce, count: func(m *ML) int { return m.Connections }},
	{list: "W44", item: "W45", in: inWorkspace, segment: "featuresets", variable: "mlFeatureset", prefix: "features", archives: true, deletes: byLocation, count: func(m *ML) int { return m.Featuresets }},
	{list: "W44v", item: "W45v", in: "mlFeatureset", segment: "versions", variable: "mlFeaturesetVersion", archives: true, deletes: byLocation, count: versions},
	{list: "W44f", item: "W45f", in: "mlFeaturesetVersion", segment: "features", variable: "mlFeature", prefix: "feature", archives: true, count: func(m *ML) int { return m.FeaturesPerVersion }},
	{list: "W46", item: "W47", in: inWorkspace, segment: "featurestoreEntities", variable: "mlEntity", prefix: "entity", archives: true, deletes: byLocation, count: func(m *ML) int { return m.Entities }},
	{list: "W46v", item: "W47v", in: "mlEntity", segment: "versions", variable: "mlEntityVersion", archives: true, deletes: byLocation, count: versions},
	{list: "W48", item: "W49", in: inWorkspace, segment: "labelingJobs", variable: "mlLabelingJob", prefix: "labeling", deletes: atOnce, count: func(m *ML) int { return m.LabelingJobs }},
	{list: "W67", item: "W67i", in: inWorkspace, segment: "outboundRules", variable: "mlOutboundRule", prefix: "rule", count: func(m *ML) int { return m.OutboundRules }},
	{list: "W67p", item: "W67q", in: inWorkspace, segment: "privateEndpointConnections", variable: "mlPrivateEndpoint", prefix: "private", count: func(m *ML) int { return m.PrivateEndpoints }},
	{list: "W67c", item: "W67d", in: inWorkspace, segment: "capabilityHosts", variable: "mlCapabilityHost", prefix: "host", count: func(m *ML) int { return m.CapabilityHosts }},

	{list: "W66a", item: "W66b", in: inRegistry, segment: "data", variable: "registryData", prefix: "data", archives: true, deletes: byLocation, count: func(m *ML) int { return m.Data }},
	{list: "W66c", item: "W66d", in: "registryData", segment: "versions", variable: "registryDataVersion", archives: true, deletes: byLocation, count: versions},
	{list: "W66e", item: "W66f", in: inRegistry, segment: "models", variable: "registryModel", prefix: "model", archives: true, deletes: byLocation, count: func(m *ML) int { return m.Models }},
	{list: "W66g", item: "W66h", in: "registryModel", segment: "versions", variable: "registryModelVersion", archives: true, deletes: byLocation, count: versions},
	{list: "W66i", item: "W66j", in: inRegistry, segment: "environments", variable: "registryEnvironment", prefix: "env", archives: true, deletes: byLocation, count: func(m *ML) int { return m.Environments }},
	{list: "W66k", item: "W66l", in: "registryEnvironment", segment: "versions", variable: "registryEnvironmentVersion", archives: true, deletes: byLocation, count: versions},
	{list: "W66m", item: "W66n", in: inRegistry, segment: "components", variable: "registryComponent", prefix: "component", deletes: byLocation, count: func(m *ML) int { return m.Components }},
	{list: "W66o", item: "W66p", in: "registryComponent", segment: "versions", variable: "registryComponentVersion", deletes: byLocation, count: versions},
	{list: "W66q", item: "W66r", in: inRegistry, segment: "codes", variable: "registryCode", prefix: "code", deletes: byLocation, count: func(m *ML) int { return m.Codes }},
	{list: "W66s", item: "W66t", in: "registryCode", segment: "versions", variable: "registryCodeVersion", deletes: byLocation, count: versions},
}

func versions(m *ML) int { return m.Versions }

// mlByVariable finds a type by its variable.
var mlByVariable = func() map[string]*mlResource {
	found := make(map[string]*mlResource, len(mlResources))
	for i := range mlResources {
		found[mlResources[i].variable] = &mlResources[i]
	}
	return found
}()

// depth is how deep a type lies: 1 in a workspace or registry, 2 in an item, 3 in
// an entry.
func (r *mlResource) depth() int {
	if outer, ok := mlByVariable[r.in]; ok {
		return outer.depth() + 1
	}
	return 1
}

// inRegistry reports whether a type lies in a registry.
func (r *mlResource) inRegistry() bool {
	if outer, ok := mlByVariable[r.in]; ok {
		return outer.inRegistry()
	}
	return r.in == inRegistry
}

// path is the pattern of the list.
func (r *mlResource) path() string {
	base := mlPath
	switch outer, ok := mlByVariable[r.in]; {
	case ok:
		base = outer.path() + "/{" + r.in + "}"
	case r.in == inRegistry:
		base = registryPath
	}
	return base + "/" + r.segment
}

// resourceType is the type that documents name.
func (r *mlResource) resourceType() string {
	if outer, ok := mlByVariable[r.in]; ok {
		return outer.resourceType() + "/" + r.segment
	}
	if r.in == inRegistry {
		return mlProvider + "/registries/" + r.segment
	}
	return mlProvider + "/workspaces/" + r.segment
}

// assetKind is what the properties of a document depend on: the same in a
// workspace and in a registry.
func (r *mlResource) assetKind() string {
	if outer, ok := mlByVariable[r.in]; ok {
		return outer.segment + "/" + r.segment
	}
	return r.segment
}
