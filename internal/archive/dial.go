package archive

import (
	"azureml-dsr/internal/version"
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
)

const (
	// tryTimeout bounds one try of a small call; azcore itself knows no bound.
	tryTimeout = 30 * time.Second
	// longTryTimeout is for blocks and downloads. A download that takes longer is
	// gone on with in a new request by its reader.
	longTryTimeout = 2 * time.Minute
	// smallBody is the longest body that counts as a small call.
	smallBody = 256 << 10
	// idleConnections kept per host: an invocation has up to 16 tasks.
	idleConnections = 64
)

// DialOptions says where a container is and who asks.
type DialOptions struct {
	// ConnectionString, or ServiceURL with Credential.
	ConnectionString string
	// ServiceURL is https://{account}.blob.core.windows.net, or the like.
	ServiceURL string
	// Credential is for ServiceURL; nil when the URL is signed.
	Credential azcore.TokenCredential
	// Container is the container's name.
	Container string
	// Transport is shared between containers; nil makes one with Transport().
	Transport policy.Transporter
	// PageSize is AzureOptions.PageSize.
	PageSize int32
}

// Transport makes an HTTP client that suits a store: enough idle connections
// for all tasks of a process, and no redirects. Its idle connections are closed
// with CloseIdleConnections.
func Transport() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          idleConnections,
			MaxIdleConnsPerHost:   idleConnections,
			IdleConnTimeout:       90 * time.Second,
			TLSHandshakeTimeout:   10 * time.Second,
			ExpectContinueTimeout: time.Second,
			TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Dial makes a Backend for a container; it sends nothing yet. An error names no
// secret.
func Dial(opts DialOptions) (*Azure, error) {
	if opts.Transport == nil {
		opts.Transport = Transport()
	}
	client, err := dialService(opts)
	if err != nil {
		return nil, err
	}
	return NewAzure(client.NewContainerClient(opts.Container), &AzureOptions{PageSize: opts.PageSize}), nil
}

func dialService(opts DialOptions) (client *service.Client, err error) {
	o := &service.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport: opts.Transport,
		Retry:     retries(tryTimeout),
		Telemetry: policy.TelemetryOptions{ApplicationID: version.ApplicationID()},
		PerRetryPolicies: []policy.Policy{
			meterPolicy{},
		},
	}}
	switch {
	case opts.Container == "":
		return nil, errors.New("dialling storage: no container is named")
	case opts.ConnectionString != "":
		client, err = service.NewClientFromConnectionString(opts.ConnectionString, o)
	case opts.ServiceURL == "":
		return nil, errors.New("dialling storage: neither a connection string nor a service URL is given")
	case opts.Credential != nil:
		client, err = service.NewClient(opts.ServiceURL, opts.Credential, o)
	default:
		client, err = service.NewClientWithNoCredential(opts.ServiceURL, o)
	}
	if err != nil { // its text may quote the key
		return nil, errors.New("dialling storage: the connection string or service URL is not well formed")
	}

	return client, nil
}

// retries: a Retry-After beyond MaxRetryDelay ends the tries, so that the task
// is sent again later and doesn't wait in its slot.
func retries(try time.Duration) policy.RetryOptions {
	return policy.RetryOptions{MaxRetries: 3, MaxRetryDelay: 10 * time.Second, TryTimeout: try}
}

func withLongTries(ctx context.Context) context.Context {
	return policy.WithRetryOptions(ctx, retries(longTryTimeout))
}

// sized returns a call with a large body more time for each try.
func sized(ctx context.Context, body int) context.Context {
	if body <= smallBody {
		return ctx
	}
	return withLongTries(ctx)
}
