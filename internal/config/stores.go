package config

import (
	"net"
	"net/url"
	"regexp"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
)

// Names of the two connections. Each is an app setting with a connection string, or the
// prefix of settings that name an address and an identity.
const (
	ServiceBusSetting = "ServiceBusConnection"
	StorageSetting    = "ExportStorage"
)

// Stores are the settings that operators' commands need too: where the queues and blobs
// are.
type Stores struct {
	ServiceBus Connection
	Storage    Connection

	// ExportContainer holds documents, AuditContainer the evidence and IndexContainer what
	// must stay writable. Defaults dsr-exports, dsr-audit and dsr-index.
	ExportContainer, AuditContainer, IndexContainer string
	// ListPageSize bounds the blobs that one call of a listing returns. Default 5000.
	ListPageSize int32
	Cloud        azureml.Cloud
	// PlatformIdentity means that the platform offers a managed identity.
	PlatformIdentity bool
	// Attended means that a person waits: what can't be reached is given up within seconds.
	// No setting sets it.
	Attended bool
}

// LoadStores reads what operators' commands need. The error is an Error that names every
// setting that is wrong.
func LoadStores(lookup Lookup) (Stores, error) {
	r := &reader{lookup: lookup}
	s := r.stores()
	return s, r.err()
}

func (r *reader) stores() Stores {
	s := Stores{
		ServiceBus:       r.connection(ServiceBusSetting, "fullyQualifiedNamespace"),
		Storage:          r.connection(StorageSetting, "blobServiceUri"),
		ExportContainer:  r.container("EXPORT_CONTAINER", "dsr-exports"),
		AuditContainer:   r.container("AUDIT_CONTAINER", "dsr-audit"),
		IndexContainer:   r.container("INDEX_CONTAINER", "dsr-index"),
		ListPageSize:     int32(r.number("LIST_PAGE_SIZE", 5000, 1, 5000)),
		PlatformIdentity: r.text("IDENTITY_ENDPOINT", "") != "" || r.text("MSI_ENDPOINT", "") != "",
	}

	if s.ExportContainer == s.AuditContainer {
		r.fault("AUDIT_CONTAINER", "must not be EXPORT_CONTAINER: the evidence outlives the documents; name another")
	}
	if s.IndexContainer == s.ExportContainer || s.IndexContainer == s.AuditContainer {
		r.fault("INDEX_CONTAINER", "must be neither EXPORT_CONTAINER nor AUDIT_CONTAINER: the index must stay writable where they are held; name another")
	}

	var err error
	if s.Cloud, err = azureml.CloudByName(r.text("AZURE_CLOUD", "")); err != nil {
		r.fault("AZURE_CLOUD", "must be AzurePublicCloud, AzureChinaCloud or AzureUSGovernment; leave it out for the first")
	}

	r.checkServiceBus(s.ServiceBus)
	r.checkStorage(s)

	return s
}

// The lengths and characters that Blob Storage allows in a container's name.
const minContainerName, maxContainerName = 3, 63

var containerName = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)

// container reads the name of a blob container.
func (r *reader) container(name, unset string) string {
	v := r.text(name, unset)
	if len(v) < minContainerName || len(v) > maxContainerName || !containerName.MatchString(v) {
		r.fault(name, "must be a container's name: 3 to 63 of a-z, 0-9 and single hyphens; leave it out for %s", unset)
	}
	return v
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)

func (r *reader) checkServiceBus(c Connection) {
	switch {
	case c.ConnectionString != "":
		if _, err := azservicebus.NewClientFromConnectionString(c.ConnectionString, nil); err != nil { // its text may quote the key
			r.fault(ServiceBusSetting, "is no Service Bus connection string; copy it again: Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…")
		} else if inString(c.ConnectionString, "EntityPath") != "" {
			r.fault(ServiceBusSetting, "names one queue by EntityPath, but the worker uses several; take the connection string of the namespace, or remove EntityPath=…")
		}
	case c.Address != "" && !hostName.MatchString(c.Address):
		r.fault(ServiceBusSetting+"__fullyQualifiedNamespace", "must be a host name like NAME.servicebus.windows.net, without scheme and path")
	}
}

func (r *reader) checkStorage(s Stores) {
	c := s.Storage
	switch {
	case c.ConnectionString != "":
		opts := archive.DialOptions{ConnectionString: c.ConnectionString, Container: s.AuditContainer}
		if _, err := archive.Dial(opts); err != nil {
			r.fault(StorageSetting, "is no storage connection string; copy it again: DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…;EndpointSuffix=…")
		}
	case c.Address != "" && !isServiceURL(c.Address):
		r.fault(StorageSetting+"__blobServiceUri", "must be a URL like https://ACCOUNT.blob.core.windows.net; plain http is for loopback only")
	}
}

// isServiceURL reports whether text is the URL of a blob service. Plain HTTP is for
// loopback.
func isServiceURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}

	return u.Scheme == "https" || (u.Scheme == "http" && isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
