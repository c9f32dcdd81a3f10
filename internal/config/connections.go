package config

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/version"
)

// closeTimeout bounds the time that connections have to end in order.
const closeTimeout = 5 * time.Second

// Connections are clients of the queues and blobs. Each connects when it is first used.
type Connections struct {
	Audit, Exports, Index *archive.Archive
	Ledger                *ledger.Ledger
	Bus                   *bus.Bus

	http *http.Client
}

// Dial returns the connections that the settings describe. It sends nothing. opts sizes
// the archives; nil means the defaults.
func (s Stores) Dial(opts *archive.Options) (*Connections, error) {
	c := &Connections{http: archive.Transport()}
	if s.Attended {
		attendHTTP(c.http)
	}

	var err error
	if c.Audit, err = s.dialContainer(s.AuditContainer, c.http, opts); err != nil {
		return nil, err
	}
	if c.Exports, err = s.dialContainer(s.ExportContainer, c.http, opts); err != nil {
		return nil, err
	}
	if c.Index, err = s.dialContainer(s.IndexContainer, c.http, opts); err != nil {
		return nil, err
	}

	client, err := s.dialServiceBus()
	if err != nil {
		return nil, err
	}

	c.Bus = bus.New(client)
	c.Ledger = ledger.New(c.Audit, c.Exports, c.Index)

	return c, nil
}

// Close ends the connections within 5 seconds.
func (c *Connections) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()

	c.http.CloseIdleConnections()
	if err := c.Bus.Close(ctx); err != nil {
		return fmt.Errorf("closing the connection to Service Bus: %w", err)
	}
	return nil
}

// EnsureContainers creates the containers that are missing. It tries them all and returns
// the errors together.
func (c *Connections) EnsureContainers(ctx context.Context) error {
	var errs []error
	for _, a := range []*archive.Archive{c.Audit, c.Exports, c.Index} {
		errs = append(errs, a.Backend().EnsureContainer(ctx))
	}
	return errors.Join(errs...)
}

func (s Stores) dialContainer(name string, transport *http.Client, sizes *archive.Options) (*archive.Archive, error) {
	options := archive.DialOptions{
		ConnectionString: s.Storage.ConnectionString,
		ServiceURL:       s.Storage.Address,
		Container:        name,
		Transport:        transport,
		PageSize:         s.ListPageSize,
	}
	if options.ConnectionString == "" {
		credential, err := s.credential(s.Storage)
		if err != nil {
			return nil, err
		}
		options.Credential = credential
	}

	backend, err := archive.Dial(options)
	if err != nil {
		return nil, err
	}

	return archive.New(backend, sizes), nil
}

func (s Stores) dialServiceBus() (*azservicebus.Client, error) {
	options := &azservicebus.ClientOptions{
		ApplicationID:    version.ApplicationID(),
		NewWebSocketConn: s.ServiceBus.dialLegibly,
	}
	if s.Attended {
		d := attend(s.ServiceBus.dialLegibly)
		d.amqp = true
		options.NewWebSocketConn = d.connect
	}
	if s.ServiceBus.ConnectionString != "" {
		return azservicebus.NewClientFromConnectionString(s.ServiceBus.ConnectionString, options)
	}

	credential, err := s.credential(s.ServiceBus)
	if err != nil {
		return nil, err
	}
	return azservicebus.NewClient(s.ServiceBus.Address, credential, options)
}

// credential returns the identity of a connection: the application whose secret it has, the
// managed identity where the platform offers one or the settings ask for it, else the
// default chain of credentials.
func (s Stores) credential(c Connection) (azcore.TokenCredential, error) {
	options := azcore.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: s.Cloud.Authority}}
	if c.ClientSecret != "" {
		credential, err := azidentity.NewClientSecretCredential(c.TenantID, c.ClientID, c.ClientSecret, &azidentity.ClientSecretCredentialOptions{ClientOptions: options})
		if err != nil {
			return nil, errors.New("__tenantId, __clientId and __clientSecret name no application; copy them again")
		}
		return credential, nil
	}
	if !s.PlatformIdentity && !c.ManagedIdentity && c.ResourceID == "" && c.ObjectID == "" {
		credential, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: options})
		if err != nil {
			return nil, fmt.Errorf("finding an identity: %w", err)
		}
		return credential, nil
	}

	managed := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: options}
	switch {
	case c.ClientID != "":
		managed.ID = azidentity.ClientID(c.ClientID)
	case c.ResourceID != "":
		managed.ID = azidentity.ResourceID(c.ResourceID)
	case c.ObjectID != "":
		managed.ID = azidentity.ObjectID(c.ObjectID)
	}
	credential, err := azidentity.NewManagedIdentityCredential(managed)
	if err != nil {
		return nil, fmt.Errorf("finding the managed identity: %w", err)
	}

	return credential, nil
}
