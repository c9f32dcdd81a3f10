package fakeml

import "strings"

const (
	mlProvider   = "Microsoft.MachineLearningServices"
	mlPath       = resourceGroupPath + "/providers/" + mlProvider + "/workspaces/{machineLearning}"
	registryPath = resourceGroupPath + "/providers/" + mlProvider + "/registries/{registry}"
	mlOperations = "/subscriptions/{subscription}/providers/" + mlProvider + "/locations/{location}"

	mlVersion       = "2026-09-01"
	oldestMLVersion = "2024-04-01"
	labelingVersion = "2024-01-01-preview"

	// capabilityVersion is the first one that knows capability hosts.
	capabilityVersion = "2026-05-01"
)

// mlARMRoutes are the rows of the second generation on the Resource Manager.
func mlARMRoutes() []route {
	const ofSubscription = "/subscriptions/{subscription}/providers/" + mlProvider
	const ofGroup = resourceGroupPath + "/providers/" + mlProvider
	rows := []route{
		{endpoint: "W01", pattern: ofSubscription + "/workspaces", list: (*Server).mlWorkspaces, items: inWorkspace},
		{endpoint: "W02", pattern: ofGroup + "/workspaces", list: (*Server).mlWorkspaces, items: inWorkspace},
		{endpoint: "W03", pattern: mlPath, document: (*Server).mlWorkspace},
		{endpoint: "W65s", pattern: ofSubscription + "/registries", list: (*Server).registries, items: inRegistry},
		{endpoint: "W65g", pattern: ofGroup + "/registries", list: (*Server).registries, items: inRegistry},
		{endpoint: "W65", pattern: registryPath, document: (*Server).registry},
		{endpoint: "W28", pattern: mlPath + "/jobs", list: (*Server).jobsOfML, items: mlRun, archives: true},
		{endpoint: "W29", pattern: mlPath + "/jobs/{mlJob}", kind: mlRun, alias: true, document: (*Server).job},
	}
	for i := range mlResources {
		rows = append(rows, mlResources[i].routes()...)
	}

	for i := range rows {
		rows[i].plane, rows[i].second, rows[i].cursor = planeARM, true, "$skip"
		first(&rows[i].version, mlVersion)
		rows[i].takeOlder()
	}

	return rows
}

// takeOlder lets a row of the newest version be asked for by older ones.
func (r *route) takeOlder() {
	switch {
	case r.version != mlVersion:
	case strings.Contains(r.pattern, "/capabilityHosts"):
		r.oldest = capabilityVersion
	default:
		r.oldest = oldestMLVersion
	}
}

// version is the api-version of a type.
func (r *mlResource) version() string {
	if r.segment == "labelingJobs" {
		return labelingVersion
	}
	return mlVersion
}

// routes are the rows of a type: its list and its item.
func (r *mlResource) routes() []route {
	document := func(s *Server, at place) []byte { return s.mlDocument(r, at) }
	row := route{
		endpoint: r.list,
		version:  r.version(),
		pattern:  r.path(),
		archives: r.archives,
	}

	if r.deletes != not {
		row.items = r.variable
	}

	row.list = func(s *Server, at place) list {
		k, _ := s.account.kind(r.variable)
		return listPlaces(s, k.count, func(i int) place {
			k.put(&at, i)
			return at
		}, document)
	}

	return []route{row, {endpoint: r.item, version: r.version(), pattern: r.path() + "/{" + r.variable + "}", document: document}}
}

func (s *Server) mlWorkspaces(at place) list {
	return listPlaces(s, s.account.MachineLearningWorkspaces, func(i int) place {
		at.ml = i
		return at
	}, (*Server).mlWorkspace)
}

func (s *Server) registries(at place) list {
	return listPlaces(s, s.account.ML.Registries, func(i int) place {
		at.registry = i
		return at
	}, (*Server).registry)
}

// jobsOfML lists root jobs only: those of pipelines' steps are not among them.
func (s *Server) jobsOfML(at place) list {
	m := &s.account.ML
	return listPlaces(s, m.Experiments*m.RunsPerExperiment, func(i int) place {
		at.item, at.entry = i/m.RunsPerExperiment, i%m.RunsPerExperiment
		return at
	}, (*Server).job)
}

// mlDocument is the document of an ARM resource: the common members, and the
// properties of its type.
func (s *Server) mlDocument(r *mlResource, at place) []byte {
	a := &s.account
	index := indexAt(at, r.depth())
	fields := []field{
		{"id", text(a.resourceID(r.path()+"/{"+r.variable+"}", at))},
		{"name", text(a.nameOf(r.variable, at))},
		{"type", text(r.resourceType())},
		{"systemData", a.systemData(a.owner(r.variable, at), index, s.created(r.variable, at, at.item+at.entry))},
		{"properties", object(index+1, s.mlProperties(r, at)...)},
	}
	fields = append(fields, a.tracked(r, at)...)
	return []byte(object(index, rotate(index, fields)...))
}

// tracked are the members that resources with a location have besides.
func (a *Account) tracked(r *mlResource, at place) []field {
	switch r.segment {
	case "computes":
		return []field{{"location", text(a.Location)}, {"tags", object(0, field{"team", text("größe/模型")})}, {"identity", "null"}}
	case "onlineEndpoints", "batchEndpoints", "serverlessEndpoints", "deployments":
		return []field{
			{"location", text(a.Location)},
			{"tags", object(at.item, field{"team", text("größe/模型")})},
			{"kind", text("Managed")},
			{"identity", object(0, field{"type", text("SystemAssigned")}, field{"principalId", text(a.guid(at.parts(hashText(r.variable))...))}, field{"tenantId", text(a.HomeTenant())})},
		}
	}
	return nil
}

// resourceID is the ARM id that a pattern leads to; unlike a URL it has nothing
// escaped, and these names have nothing to escape.
func (a *Account) resourceID(pattern string, at place) string { return a.fill(pattern, at) }
