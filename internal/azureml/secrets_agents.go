package azureml

import (
	"slices"

	"azureml-dsr/internal/document"
)

// agentSecrets are those of an agent, a thread and a run: what their tools sign in with.
func agentSecrets() []document.Secret {
	return slices.Concat(
		values("/tools/*/headers/*", "/tool_resources/mcp/*/headers/*", "/required_action/submit_tool_approval/tool_calls/*/headers/*"),
		links(
			"/tools/*/server_url",
			"/tool_resources/code_interpreter/data_sources/*/uri",
			"/tool_resources/file_search/vector_stores/*/configuration/data_sources/*/uri",
		),
	)
}

// messageSecrets are links to what a message shows or has attached, which may be signed.
func messageSecrets() []document.Secret {
	return links("/content/*/image_url/url", "/attachments/*/data_source/uri")
}

// stepSecrets are what a step of a run has called its tools with.
func stepSecrets() []document.Secret {
	return values("/step_details/tool_calls/*/headers/*")
}

// storeSecrets are links to what a vector store was made from.
func storeSecrets() []document.Secret {
	return links("/data_source/uri", "/configuration/data_sources/*/uri")
}

func evaluationSecrets() []document.Secret {
	return slices.Concat(
		links("/data/id", "/data/uri"),
		values("/evaluators/*/initParams/api_key", "/evaluators/*/initParams/model_config/api_key"),
	)
}

// linksInGeneric are the links of an index or a prompt, which may be signed.
func linksInGeneric() []document.Secret { return links("/storageUri", "/dataUri") }

func templateSecrets() []document.Secret { return values("/environmentVariables/*") }
