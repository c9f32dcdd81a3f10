package azureml

import "fmt"

// Cloud is one of Azure's clouds: its addresses and the audiences of its tokens.
type Cloud struct {
	// Name is the value of AZURE_CLOUD.
	Name string
	// ARM is the base URL of Azure Resource Manager.
	ARM string
	// Authority is the base URL of the cloud's sign-in service.
	Authority string
	// Audience is that of a token for ARM. It ends in a slash, so its scope has two.
	Audience string
	// DataPlaneAudience is that of a token for a workspace's data plane.
	DataPlaneAudience string
	// DataPlaneSuffixes end the host names of workspaces' data planes.
	DataPlaneSuffixes []string
	// Graph is the base URL of Microsoft Graph, and the audience of its tokens.
	Graph string
	// StorageSuffix ends the host name of every storage account:
	// {account}.blob.{StorageSuffix}.
	StorageSuffix string
}

// PublicCloud is the name of the only cloud whose base URLs are all known.
const PublicCloud = "AzurePublicCloud"

// Scope returns the audience as azidentity takes it.
func (c Cloud) Scope() string { return c.Audience + "/.default" }

// DataPlaneScope returns the data plane's audience as azidentity takes it.
func (c Cloud) DataPlaneScope() string { return c.DataPlaneAudience + "/.default" }

// CloudByName returns a cloud's constants. An empty name is the public cloud's. The
// error names the clouds that there are.
func CloudByName(name string) (Cloud, error) {
	switch name {
	case "", PublicCloud:
		return Cloud{
			Name:              PublicCloud,
			ARM:               "https://management.azure.com",
			Authority:         "https://login.microsoftonline.com/",
			Audience:          "https://management.core.windows.net/",
			DataPlaneAudience: "https://ml.azure.com",
			DataPlaneSuffixes: []string{".api.azureml.ms", ".experiments.azureml.net"},
			Graph:             "https://graph.microsoft.com",
			StorageSuffix:     "core.windows.net",
		}, nil

	case "AzureChinaCloud":
		return Cloud{
			Name:              name,
			ARM:               "https://management.chinacloudapi.cn",
			Authority:         "https://login.chinacloudapi.cn/",
			Audience:          "https://management.core.chinacloudapi.cn/",
			DataPlaneAudience: "https://ml.azure.cn",
			DataPlaneSuffixes: []string{".api.ml.azure.cn"},
			Graph:             "https://microsoftgraph.chinacloudapi.cn",
			StorageSuffix:     "core.chinacloudapi.cn",
		}, nil

	case "AzureUSGovernment":
		return Cloud{
			Name:              name,
			ARM:               "https://management.usgovcloudapi.net",
			Authority:         "https://login.microsoftonline.us/",
			Audience:          "https://management.core.usgovcloudapi.net/",
			DataPlaneAudience: "https://ml.azure.us",
			DataPlaneSuffixes: []string{".api.ml.azure.us"},
			Graph:             "https://graph.microsoft.us",
			StorageSuffix:     "core.usgovcloudapi.net",
		}, nil
	}
	return Cloud{}, fmt.Errorf("AZURE_CLOUD: %q is not one of AzurePublicCloud, AzureChinaCloud, AzureUSGovernment", name)
}
