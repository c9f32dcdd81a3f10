package fakeml

import "fmt"

const (
	resourceGroupPath   = "/subscriptions/{subscription}/resourceGroups/{resourceGroup}"
	experimentationPath = resourceGroupPath + "/providers/Microsoft.MachineLearningExperimentation/accounts/{experimentation}"
	workspacePath       = experimentationPath + "/workspaces/{workspace}"
	projectPath         = workspacePath + "/projects/{project}"
	hostingAccountPath  = resourceGroupPath + "/providers/Microsoft.MachineLearningModelManagement/accounts/{modelManagement}"

	computesPath = resourceGroupPath + "/providers/Microsoft.MachineLearningServices/workspaces/{machineLearning}/computes"
	clustersPath = "/subscriptions/{subscription}/resourcegroups/{resourceGroup}/providers/Microsoft.MachineLearningCompute/operationalizationClusters"

	computeVersion         = "2018-03-01-preview"
	clusterVersion         = "2017-06-01-preview"
	experimentationVersion = "2017-05-01-preview"
	modelManagementVersion = "2017-09-01-preview"
)

// armRoutes are the rows of the Resource Manager.
func armRoutes() []route {
	return []route{
		{endpoint: "E01", plane: planeARM, version: modelManagementVersion, pattern: hostingAccountPath, document: (*Server).hostingAccount},
		{endpoint: "D01", plane: planeARM, version: modelManagementVersion, pattern: hostingAccountPath, deletes: true, operations: hostingOperations},
		{endpoint: "E10", plane: planeARM, version: computeVersion, pattern: computesPath, list: (*Server).computes},
		{endpoint: "E11", plane: planeARM, version: computeVersion, pattern: computesPath + "/{compute}", document: (*Server).compute},
		{endpoint: "E12", plane: planeARM, version: clusterVersion, pattern: clustersPath, list: (*Server).clusters},
		{endpoint: "E13", plane: planeARM, version: clusterVersion, pattern: clustersPath + "/{cluster}", document: (*Server).cluster},
		{endpoint: "E27", plane: planeARM, flat: true, version: experimentationVersion, pattern: experimentationPath, document: (*Server).experimentationAccount},
		{endpoint: "E28", plane: planeARM, flat: true, version: experimentationVersion, pattern: workspacePath, document: (*Server).workspace},
		{endpoint: "E29", plane: planeARM, flat: true, version: experimentationVersion, pattern: projectPath, document: (*Server).project},
		{endpoint: "WS", plane: planeARM, flat: true, version: experimentationVersion, pattern: experimentationPath + "/workspaces", list: (*Server).workspaces, items: "workspace"},
		{endpoint: "PR", plane: planeARM, flat: true, version: experimentationVersion, pattern: workspacePath + "/projects", list: (*Server).projects, items: "project"},
		{endpoint: "D06", plane: planeARM, flat: true, version: experimentationVersion, pattern: projectPath, deletes: true, operations: experimentationOperations},
		{endpoint: "D07", plane: planeARM, flat: true, version: experimentationVersion, pattern: workspacePath, deletes: true, operations: experimentationOperations},
		{endpoint: "D08", plane: planeARM, flat: true, version: experimentationVersion, pattern: experimentationPath, deletes: true, operations: experimentationOperations},
	}
}

func (s *Server) workspaces(place) list {
	return listPlaces(s, s.account.Workspaces, func(i int) place { return place{ws: i} }, (*Server).workspace)
}

func (s *Server) projects(at place) list {
	return listPlaces(s, s.account.Projects, func(i int) place { return place{ws: at.ws, project: i} }, (*Server).project)
}

func (s *Server) computes(at place) list { return listOf(s, s.account.Computes, at, (*Server).compute) }

func (s *Server) clusters(at place) list { return listOf(s, s.account.Clusters, at, (*Server).cluster) }

// listOf lists the items of a kind at a place.
func listOf(s *Server, total int, at place, document func(*Server, place) []byte) list {
	return listPlaces(s, total, func(i int) place {
		at.item = i
		return at
	}, document)
}

// listPlaces lists what is at some places.
func listPlaces(s *Server, total int, at func(i int) place, document func(*Server, place) []byte) list {
	return list{total: total, place: at, item: func(i int) []byte { return document(s, at(i)) }}
}

// hostingAccount has the members that Microsoft's reference of the Hosting Account
// API of 2017 lists.
func (s *Server) hostingAccount(place) []byte {
	a := &s.account
	created := s.created("modelManagement", place{}, 0)
	return []byte(object(1,
		field{"name", text(a.ModelManagement)},
		field{"id", text(fmt.Sprintf("%s/providers/Microsoft.MachineLearningModelManagement/accounts/%s", a.groupID(), a.ModelManagement))},
		field{"type", text("Microsoft.MachineLearningModelManagement/accounts")},
		field{"location", text(a.Location)},
		field{"tags", "{ }"},
		field{"sku", object(0, field{"name", text("S1")}, field{"capacity", "16"})},
		field{"properties", object(2,
			field{"id", text(a.guid(ofModel))},
			field{"createdOn", stamp(created)},
			field{"modifiedOn", stamp(created)},
			field{"description", text("Modelle für die Größe")},
			field{"modelManagementSwaggerLocation", text("https://" + a.Location + ".modelmanagement.azureml.net/api/swagger.json")},
		)},
	))
}

func (s *Server) experimentationAccount(place) []byte {
	a := &s.account
	return a.resource(2, "", a.Experimentation, "accounts",
		field{"vsoAccountId", text(a.groupID() + "/providers/microsoft.visualstudio/account/contoso")},
		field{"accountId", text(a.guid())},
		field{"description", text("Données d’expérience")},
		field{"friendlyName", text(a.Experimentation)},
		field{"keyVaultId", text(a.groupID() + "/providers/Microsoft.KeyVault/vaults/contoso")},
		field{"seats", text("12")},
		field{"storageAccount", object(1, field{"storageAccountId", text(a.groupID() + "/providers/Microsoft.Storage/storageAccounts/contoso")})},
		field{"creationDate", stamp(s.created("experimentation", place{}, 0))},
		field{"discoveryUri", text("https://" + a.Location + ".experiments.azureml.net/discovery")},
	)
}

func (s *Server) workspace(at place) []byte {
	a := &s.account
	name := a.WorkspaceName(at.ws)
	return a.resource(at.ws, "/workspaces/"+name, name, "accounts/workspaces",
		field{"friendlyName", text("Arbeitsbereich " + name + " ©")},
		field{"workspaceId", text(a.guid(ofWorkspace, uint64(at.ws)))},
		field{"accountId", text(a.guid())},
		field{"description", "null"},
		field{"creationDate", stamp(s.created("workspace", at, at.ws))},
	)
}

func (s *Server) project(at place) []byte {
	a := &s.account
	workspace, name := a.WorkspaceName(at.ws), a.ProjectName(at.project)
	return a.resource(at.project+3, "/workspaces/"+workspace+"/projects/"+name, name, "accounts/workspaces/projects",
		field{"gitrepo", text("https://contoso.visualstudio.com/_git/" + name)},
		field{"projectId", text(a.guid(ofProject, uint64(at.ws), uint64(at.project)))},
		field{"workspaceId", text(a.guid(ofWorkspace, uint64(at.ws)))},
		field{"accountId", text(a.guid())},
		field{"friendlyName", text(name)},
		field{"creationDate", stamp(s.created("project", at, at.project))},
	)
}

// resource is the published Resource of the Experimentation provider.
func (a *Account) resource(layout int, below, name, kind string, properties ...field) []byte {
	properties = append(properties, field{"provisioningState", text("Succeeded")})
	return []byte(object(layout,
		field{"type", text("Microsoft.MachineLearningExperimentation/" + kind)},
		field{"properties", object(layout+1, properties...)},
		field{"id", text(a.groupID() + "/providers/Microsoft.MachineLearningExperimentation/accounts/" + a.Experimentation + below)},
		field{"name", text(name)},
		field{"location", text(a.Location)},
		field{"tags", "null"},
	))
}

// groupID is the ARM id of the account's resource group.
func (a *Account) groupID() string {
	return "/subscriptions/" + a.SubscriptionID + "/resourceGroups/" + a.ResourceGroup
}
