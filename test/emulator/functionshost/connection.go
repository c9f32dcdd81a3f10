package functionshost

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// Connection says how to reach a Service Bus namespace: by a connection
// string, or by its name and an identity. It is a secret: don't log it.
type Connection struct {
	ConnectionString string

	FullyQualifiedNamespace string
	ManagedIdentity         bool   // else azidentity's default chain
	ClientID                string // of a user-assigned identity
}

// resolveConnection reads what a binding's connection names: the app setting
// NAME, or NAME__fullyQualifiedNamespace and its neighbours.
func resolveConnection(name string, lookup lookupFunc) (Connection, error) {
	if name == "" {
		return Connection{}, errors.New("connection is missing")
	}
	if v, _ := lookup(name); v != "" {
		return Connection{ConnectionString: v}, nil
	}
	namespace, _ := lookup(name + "__fullyQualifiedNamespace")
	if namespace == "" {
		return Connection{}, fmt.Errorf("connection: neither the app setting %s nor %s__fullyQualifiedNamespace is set", name, name)
	}

	credential, _ := lookup(name + "__credential")
	clientID, _ := lookup(name + "__clientId")
	return Connection{
		FullyQualifiedNamespace: namespace,
		ManagedIdentity:         strings.EqualFold(credential, "managedidentity"),
		ClientID:                clientID,
	}, nil
}

// client opens nothing yet: azservicebus connects when first used.
func (c Connection) client() (*azservicebus.Client, error) {
	if c.ConnectionString != "" {
		return azservicebus.NewClientFromConnectionString(c.ConnectionString, nil)
	}
	cred, err := c.credential()
	if err != nil {
		return nil, err
	}
	return azservicebus.NewClient(c.FullyQualifiedNamespace, cred, nil)
}

func (c Connection) credential() (azcore.TokenCredential, error) {
	if !c.ManagedIdentity {
		return azidentity.NewDefaultAzureCredential(nil)
	}
	var opts azidentity.ManagedIdentityCredentialOptions
	if c.ClientID != "" {
		opts.ID = azidentity.ClientID(c.ClientID)
	}
	return azidentity.NewManagedIdentityCredential(&opts)
}

// host is the namespace's host name, as the metadata show it.
func (c Connection) host() string {
	if u, err := url.Parse(c.inString("Endpoint")); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return c.FullyQualifiedNamespace
}

// entityPath is the only queue that a connection string is for, "" where it is for all.
// Microsoft's client then opens no other.
func (c Connection) entityPath() string { return c.inString("EntityPath") }

// inString is a value of the connection string, "" where it has none.
func (c Connection) inString(name string) string {
	for part := range strings.SplitSeq(c.ConnectionString, ";") {
		key, value, _ := strings.Cut(part, "=")
		if strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
