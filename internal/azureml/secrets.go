package azureml

import (
	"slices"

	"azureml-dsr/internal/document"
)

// The secrets of a row are the fields that the published descriptions call
// tokens, keys, passwords or signed links. A description of the 2017 model
// management plane says that a model's and an asset's url is usually a signed
// link; the later ones add the fields that a service or an image may carry then.

// values are fields of which nothing may be kept.
func values(pointers ...string) []document.Secret { return secrets(false, pointers) }

// links are signed links, of which only the signature must not be kept.
func links(pointers ...string) []document.Secret { return secrets(true, pointers) }

func secrets(link bool, pointers []string) []document.Secret {
	out := make([]document.Secret, len(pointers))
	for i, p := range pointers {
		out[i] = document.Secret{Pointer: p, Link: link}
	}
	return out
}

// below returns the secrets of a document that stands inside another.
func below(prefix string, inner []document.Secret) []document.Secret {
	out := make([]document.Secret, len(inner))
	for i, s := range inner {
		out[i] = document.Secret{Pointer: prefix + s.Pointer, Link: s.Link}
	}
	return out
}

func runSecrets() []document.Secret {
	return slices.Concat(values("/token"), links("/cancelUri", "/diagnosticsUri"))
}

func modelSecrets() []document.Secret { return links("/url") }

func manifestSecrets() []document.Secret { return links("/assets/*/url") }

func imageSecrets() []document.Secret {
	return slices.Concat(
		links("/imageBuildLogUri", "/dockerFileUri", "/generatedDockerFileUri", "/assets/*/url"),
		below("/manifest", manifestSecrets()), below("/modelDetails/*", modelSecrets()),
		values("/registryInfo/password"),
	)
}

func serviceSecrets() []document.Secret {
	return slices.Concat(
		values("/keys/primaryKey", "/keys/secondaryKey", "/sslKey", "/environment/docker/baseImageRegistry/password"),
		below("/image", imageSecrets()), below("/imageDetails", imageSecrets()),
		below("/manifest", manifestSecrets()), below("/models/*", modelSecrets()),
	)
}

// computeSecrets are those of each kind of compute: Kubernetes, Azure ML,
// Databricks, virtual machines and HDInsight.
func computeSecrets() []document.Secret {
	return below("/properties/properties", values(
		"/sslConfiguration/key", "/userAccountCredentials/adminUserPassword", "/databricksAccessToken",
		"/administratorAccount/password", "/administratorAccount/privateKeyData",
	))
}

func clusterSecrets() []document.Secret {
	return below("/properties", values(
		"/containerService/orchestratorProperties/servicePrincipal/secret",
		"/globalServiceConfiguration/ssl/key",
		"/globalServiceConfiguration/serviceAuth/primaryAuthKeyHash",
		"/globalServiceConfiguration/serviceAuth/secondaryAuthKeyHash",
	))
}

// mlComputeSecrets are computeSecrets and those that today's computes add.
func mlComputeSecrets() []document.Secret {
	return slices.Concat(computeSecrets(), below("/properties/properties", values(
		"/sslConfiguration/cert", "/customServices/*/environmentVariables/*/value",
	)))
}

// connectionSecrets are all that a connection signs in with.
func connectionSecrets() []document.Secret { return values("/properties/credentials/*") }

// datastoreSecrets leave in the kind of the credentials and the client's id.
func datastoreSecrets() []document.Secret { return values("/properties/credentials/secrets") }

// linksInAsset are the links of an asset's version, which may be signed.
func linksInAsset() []document.Secret {
	return below("/properties", links("/dataUri", "/modelUri", "/codeUri", "/blobUri", "/build/contextUri", "/componentSpec/code"))
}

func jobSecrets() []document.Secret {
	return slices.Concat(
		below("/properties", definitionSecrets()),
		gitSecrets("/properties/properties"),
	)
}

// definitionSecrets are those of a job's definition: what it, its trials and the
// steps of a pipeline are given.
func definitionSecrets() []document.Secret {
	return values(
		"/environmentVariables/*", "/trial/environmentVariables/*", "/jobs/*/environmentVariables/*", "/jobs/*/trial/environmentVariables/*",
		"/notificationSetting/webhooks/*/*",
	)
}

func scheduleSecrets() []document.Secret {
	return below("/properties/action/jobDefinition", slices.Concat(definitionSecrets(), gitSecrets("/properties")))
}

func deploymentSecrets() []document.Secret { return values("/properties/environmentVariables/*") }

// gitSecrets are the addresses that a run was submitted from, of which the part
// before the host may hold a person's access token.
func gitSecrets(properties string) []document.Secret {
	return below(properties, links("/mlflow.source.git.repoURL", "/azureml.git.repository_uri", "/azureml.git.build_uri"))
}

func mlRunSecrets() []document.Secret {
	return slices.Concat(
		values("/token"), runVariables(),
		links("/cancelUri", "/diagnosticsUri", "/logFiles/*"),
		gitSecrets("/properties"), gitSecrets("/jobSpecification/properties"),
	)
}

// runDataSecrets are those of a run's data, which holds the run.
func runDataSecrets() []document.Secret {
	return slices.Concat(
		below("/runMetadata", mlRunSecrets()),
		runVariables(), gitSecrets("/jobSpecification/properties"),
	)
}

// runVariables are the environment variables of a run, which may be secrets.
func runVariables() []document.Secret {
	return values(
		"/runDefinition/environmentVariables/*", "/runDefinition/environment/environmentVariables/*",
		"/jobSpecification/environmentVariables/*", "/jobSpecification/*/environmentVariables/*",
	)
}
