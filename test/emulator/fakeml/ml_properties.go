package fakeml

import (
	"fmt"
	"strconv"
)

// mlProperties are the properties of an ARM resource, by its type.
func (s *Server) mlProperties(r *mlResource, at place) []field {
	a := &s.account
	kind := r.assetKind()
	switch kind {
	case "computes":
		return s.computeProperties(at)
	case "datastores", "connections":
		return a.credentialProperties(kind, at)
	case "data", "models", "environments", "components", "codes", "featuresets", "featurestoreEntities":
		return a.containerProperties(r, kind, at)
	case "schedules":
		return a.scheduleProperties(at)
	case "onlineEndpoints", "batchEndpoints", "onlineEndpoints/deployments", "batchEndpoints/deployments", "serverlessEndpoints", "marketplaceSubscriptions":
		return a.servingProperties(r, kind, at)
	case "labelingJobs":
		return labelingProperties(at)
	case "featuresets/versions/features":
		return []field{{"featureName", text(a.nameOf(r.variable, at))}, {"dataType", text("Float")}, {"description", "null"}, {"tags", "{ }"}, {"properties", "{ }"}}
	case "outboundRules":
		return []field{{"type", text("FQDN")}, {"destination", text("pypi.org")}, {"category", text("UserDefined")}, {"status", text("Active")}}
	case "privateEndpointConnections":
		return []field{{"privateEndpoint", object(0, field{"id", text(a.groupID() + "/providers/Microsoft.Network/privateEndpoints/pe")})}, {"privateLinkServiceConnectionState", object(1, field{"status", text("Approved")})}, {"provisioningState", text("Succeeded")}}
	case "capabilityHosts":
		return []field{{"capabilityHostKind", text("Agents")}, {"storageConnections", "[]"}, {"provisioningState", text("Succeeded")}}
	}

	return a.versionProperties(r, kind, at)
}

// assetProperties begin the properties of all assets and of their containers.
func assetProperties(r *mlResource, at place) []field {
	index := at.item + at.entry
	tags := []field{{"team", text("größe/模型")}}
	if index%9 == 5 { // a colleague's asset that mentions the subject
		tags = append(tags, field{"reviewer", text(SubjectUPN)})
	}

	hidden := r.archives && archived(indexAt(at, r.depth()))
	return []field{
		{"description", `"Gr\u00f6\u00dfe \u2014 資産"`},
		{"tags", object(index, tags...)},
		{"properties", object(index+1, field{"seed", text(strconv.FormatUint(1<<53+1+uint64(index)*2, 10))})},
		{"isArchived", strconv.FormatBool(hidden)},
		{"provisioningState", text("Succeeded")},
	}
}

func (a *Account) containerProperties(r *mlResource, kind string, at place) []field {
	fields := append(assetProperties(r, at), field{"latestVersion", orNull(latest(a.ML.Versions))}, field{"nextVersion", text(strconv.Itoa(a.ML.Versions + 1))})
	if kind == "data" {
		fields = append(fields, field{"dataType", text("uri_folder")})
	}
	return fields
}

func latest(versions int) string {
	if versions == 0 {
		return ""
	}
	return strconv.Itoa(versions)
}

// versionProperties are those of an asset's version. Where it leads to a blob,
// every other link is a signed one, which is a secret.
func (a *Account) versionProperties(r *mlResource, kind string, at place) []field {
	fields := append(assetProperties(r, at), field{"isAnonymous", "false"}, field{"stage", "null"})
	domain := hashText(r.variable)
	link := func(name string) string {
		if (at.item+at.entry)%2 == 0 {
			return text(a.signedBlob(at, domain, name))
		}
		return text("azureml://datastores/workspaceblobstore/paths/Users/dana/" + name)
	}
	switch kind {
	case "data/versions":
		fields = append(fields, field{"dataType", text("uri_folder")}, field{"dataUri", link("data")})
	case "models/versions":
		fields = append(fields, field{"modelType", text("custom_model")}, field{"modelUri", link("model")}, field{"flavors", "{ }"}, field{"jobName", "null"})
	case "environments/versions":
		fields = append(fields, field{"image", text("mcr.microsoft.com/azureml/base:latest")}, field{"osType", text("Linux")}, field{"environmentType", text("UserCreated")}, field{"build", object(0, field{"contextUri", link("context")}, field{"dockerfilePath", text("Dockerfile")})})
	case "components/versions":
		fields = append(fields, field{"componentSpec", object(2, field{"type", text("command")}, field{"command", text("python train.py --seed 18446744073709551615")}, field{"code", link("code")})})
	case "codes/versions":
		fields = append(fields, field{"codeUri", link("code")}, field{"blobUri", link("code.zip")})
	case "featuresets/versions":
		fields = append(fields, field{"entities", "[]"}, field{"specification", object(0, field{"path", text("azureml://code")})},
			field{"materializationSettings", object(1, field{"storeType", text("Offline")}, field{"notification", object(0, field{"emailOn", `["JobFailed"]`}, field{"emails", "[" + text(SubjectUPN) + "]"})})})
	case "featurestoreEntities/versions":
		fields = append(fields, field{"indexColumns", "[" + object(0, field{"columnName", text("account")}, field{"dataType", text("String")}) + "]"})
	}

	return fields
}

// credentialProperties are those of what holds the key to something else.
func (a *Account) credentialProperties(kind string, at place) []field {
	secret := text(a.secret(at, hashText(kind)))
	if kind == "datastores" {
		return []field{
			{"datastoreType", text("AzureBlob")}, {"accountName", text("contoso")}, {"containerName", text("azureml-blobstore")}, {"isDefault", strconv.FormatBool(at.item == 0)},
			{"credentials", object(1, field{"credentialsType", text("AccountKey")}, field{"secrets", object(0, field{"secretsType", text("AccountKey")}, field{"key", secret})})},
			{"description", "null"}, {"tags", "{ }"},
		}
	}
	if at.item%3 == 2 { // one to an account of another provider, which may hold projects
		return []field{
			{"authType", text("ApiKey")}, {"category", text("AIServices")}, {"target", text("https://contoso.services.ai.azure.com/")}, {"isSharedToAll", "true"},
			{"credentials", object(0, field{"key", secret})},
			{"sharedUserList", "[]"},
			{"metadata", object(1, field{"ApiType", text("Azure")}, field{"ResourceId", text(a.groupID() + "/providers/Microsoft.CognitiveServices/accounts/contoso")})},
		}
	}
	return []field{
		{"authType", text("UsernamePassword")}, {"category", text("Git")}, {"target", text("https://github.com/contoso/models")}, {"isSharedToAll", "false"},
		{"credentials", object(2, field{"username", text(fmt.Sprintf("user-%d", at.item))}, field{"password", secret})},
		{"sharedUserList", "[" + text(a.subject()) + "]"},
		{"metadata", object(0, field{"note", text("Zugang für die Prüfung")})},
	}
}

func labelingProperties(at place) []field {
	return []field{
		{"jobType", text("Labeling")}, {"displayName", text(fmt.Sprintf("Bilder %d", at.item))}, {"projectId", text(strconv.Itoa(at.item))}, {"status", text("Completed")},
		{"jobInstructions", object(0, field{"uri", text("https://example.com/rules")})},
		{"progressMetrics", object(1, field{"completedDatapointCount", "9"}, field{"totalDatapointCount", "10"})},
		{"tags", "{ }"}, {"properties", "{ }"},
	}
}
