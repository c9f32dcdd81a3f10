package config

import (
	"net/url"
	"strings"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/graph"
	"azureml-dsr/internal/version"
)

// Directory says whether subjects are looked up in the directory of Microsoft Entra.
type Directory struct {
	// Lookup means that a subject who is named by an address is looked up.
	Lookup bool
	// Required refuses a subject who is not found.
	Required bool
	// Endpoint is the base URL of Microsoft Graph.
	Endpoint string
}

const graphEndpointSetting = "GRAPH_ENDPOINT"

// directory reads how subjects are looked up. A fixed token goes to loopback alone.
func (r *reader) directory(cloud azureml.Cloud, token string) Directory {
	d := Directory{Endpoint: strings.TrimRight(r.text(graphEndpointSetting, cloud.Graph), "/")}
	switch strings.ToLower(r.text("DIRECTORY_LOOKUP", "off")) {
	case "off", "false":
	case "on", "true":
		d.Lookup = true
	case "required":
		d.Lookup, d.Required = true, true
	default:
		r.fault("DIRECTORY_LOOKUP", "must be off, on or required; leave it out for off")
	}

	u, err := url.Parse(d.Endpoint)
	plain := err != nil || u.RawQuery != "" || u.Fragment != "" || !isServiceURL(d.Endpoint)
	switch {
	case cloud.Name == "": // AZURE_CLOUD is wrong, and names none
	case plain:
		r.fault(graphEndpointSetting, "must be a base URL like https://graph.microsoft.com; plain http is for loopback only")
	case d.Lookup && token != "" && !isLoopback(u.Hostname()):
		r.fault(graphEndpointSetting, "must be loopback where AZUREML_TOKEN is set, for a fixed token is for tests; or switch DIRECTORY_LOOKUP off")
	}

	return d
}

// DialDirectory returns a client of the directory, nil where nobody is looked up. It sends
// nothing.
func (s Settings) DialDirectory() (*graph.Client, error) {
	if !s.Directory.Lookup {
		return nil, nil
	}
	credential, err := s.UpstreamCredential()
	if err != nil {
		return nil, err
	}

	return graph.New(graph.Options{
		BaseURL:    s.Directory.Endpoint,
		Audience:   s.Cloud.Graph + "/.default",
		Credential: credential,
		Module:     "azureml-dsr",
		Version:    "v" + version.Current().Version,
	})
}
