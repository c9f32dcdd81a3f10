package fakeml

import (
	"bytes"
	"net/http"
)

// originMark is the placeholder in a document for the scheme and host of the server,
// with which links begin. It is replaced when a document is sent.
const originMark = "https://origin.invalid"

// withOrigin puts scheme and host into a document.
func withOrigin(document []byte, base string) []byte {
	return bytes.ReplaceAll(document, []byte(originMark), []byte(base))
}

// mlWorkspace has the members of the published Workspace, and the instrumentation
// key that samples of it show.
func (s *Server) mlWorkspace(at place) []byte {
	a := &s.account
	name := a.MachineLearningName(at.ml)
	created := s.created(inWorkspace, at, at.ml)
	return []byte(object(at.ml, rotate(at.ml, []field{
		{"id", text(a.resourceID(mlPath, at))},
		{"name", text(name)},
		{"type", text(mlProvider + "/workspaces")},
		{"location", text(a.Location)},
		{"kind", text(a.mlSpaceKind(at.ml))},
		{"sku", object(0, field{"name", text("Basic")}, field{"tier", text("Basic")})},
		{"tags", object(1, field{"team", text("größe/模型")})},
		{"identity", object(0, field{"type", text("SystemAssigned")}, field{"principalId", text(a.ManagedIdentity().ObjectID)}, field{"tenantId", text(a.HomeTenant())})},
		{"systemData", a.systemDataByUPN(a.owner(inWorkspace, at), at.ml, created)},
		{"properties", object(at.ml+2, append(a.spaceProperties(at.ml),
			field{"friendlyName", text("Arbeitsbereich " + name)},
			field{"description", text("Prüfung — 検査")},
			field{"workspaceId", text(a.guid(ofML, uint64(at.ml)))},
			field{"tenantId", text(a.HomeTenant())},
			field{"discoveryUrl", text(originMark + "/discovery/" + name)},
			field{"mlFlowTrackingUri", text("azureml://" + a.Location + ".api.azureml.ms/mlflow/v1.0" + a.resourceID(mlPath, at))},
			field{"sdkTelemetryAppInsightsKey", text(a.secret(at, ofML))},
			field{"storageAccount", text(a.groupID() + "/providers/Microsoft.Storage/storageAccounts/contoso")},
			field{"keyVault", text(a.groupID() + "/providers/Microsoft.KeyVault/vaults/contoso")},
			field{"applicationInsights", text(a.groupID() + "/providers/Microsoft.Insights/components/contoso")},
			field{"containerRegistry", "null"},
			field{"creationTime", stamp(created)},
			field{"hbiWorkspace", "false"},
			field{"publicNetworkAccess", text("Enabled")},
			field{"provisioningState", text("Succeeded")},
		)...)},
	})...))
}

// registry has the members of the published Registry.
func (s *Server) registry(at place) []byte {
	a := &s.account
	return []byte(object(at.registry+1, rotate(at.registry, []field{
		{"id", text(a.resourceID(registryPath, at))},
		{"name", text(a.RegistryName(at.registry))},
		{"type", text(mlProvider + "/registries")},
		{"location", text(a.Location)},
		{"tags", "{ }"},
		{"systemData", a.systemDataByUPN(a.owner(inRegistry, at), at.registry, s.created(inRegistry, at, at.registry))},
		{"properties", object(at.registry,
			field{"discoveryUrl", text(originMark + "/registrymanagement/v1.0/registries/" + a.RegistryName(at.registry) + "/discovery")},
			field{"publicNetworkAccess", text("Enabled")},
			field{"registryPrivateEndpointConnections", "[]"},
			field{"regionDetails", "[" + object(0, field{"location", text(a.Location)}) + "]"},
		)},
	})...))
}

// serveDiscovery answers without a token. A call with one is refused: the client has
// sent its token to an address from a document.
func (s *Server) serveDiscovery(c *call) {
	switch {
	case len(c.r.Header.Values("Authorization")) > 0:
		c.fail(problem{http.StatusBadRequest, "UnexpectedToken", "Discovery takes no token."})
	case s.versioned(c):
		s.answerRow(c)
	}
}

// discovery returns the address of a workspace's data plane: this server.
func (s *Server) discovery(place) []byte {
	return []byte(object(1,
		field{"api", text(originMark)},
		field{"history", text(originMark)},
		field{"modelmanagement", text(originMark)},
		field{"notebooks", text("https://ml.azure.com")},
	))
}
