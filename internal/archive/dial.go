package archive

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"azureml-dsr/internal/version"
)

const (
	// tryTimeout is the time limit of one try of a small call. azcore itself has none.
	tryTimeout = 30 * time.Second
	// longTryTimeout is the time limit for blocks and downloads. If a download takes
	// longer, its reader continues with a new request.
	longTryTimeout = 2 * time.Minute
	// smallBody is the largest body, in bytes, of a small call.
	smallBody = 256 << 10
	// idleConnections is how many idle connections are kept per host. An invocation has up
	// to 16 tasks.
	idleConnections = 64
)

// DialOptions describes a container and the access to it.
type DialOptions struct {
	// ConnectionString is used if it is set; otherwise ServiceURL is.
	ConnectionString string
	// ServiceURL is https://{account}.blob.core.windows.net, or the like.
	ServiceURL string
	// Credential is for ServiceURL; nil if the URL is signed.
	Credential azcore.TokenCredential
	// Container is the container's name.
	Container string
	// Transport can be shared between containers; nil means a new one from Transport().
	Transport policy.Transporter
	// PageSize is AzureOptions.PageSize.
	PageSize int32
}

// Transport returns an HTTP client for a store. It keeps enough idle connections for all
// tasks of a process and follows no redirects. CloseIdleConnections closes its idle
// connections.
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

// Dial returns a Backend for a container. It sends nothing yet. Its errors contain no
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
			tracePolicy{},
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
	if err != nil { // err is dropped, because it may quote the key
		return nil, errors.New("dialling storage: the connection string or service URL is not well formed")
	}

	return client, nil
}

// retries returns the retry options with a time limit for each try. A Retry-After beyond
// MaxRetryDelay ends the tries: the task is then sent again later instead of waiting in its
// slot.
func retries(try time.Duration) policy.RetryOptions {
	return policy.RetryOptions{MaxRetries: 3, MaxRetryDelay: 10 * time.Second, TryTimeout: try}
}

func withLongTries(ctx context.Context) context.Context {
	return policy.WithRetryOptions(ctx, retries(longTryTimeout))
}

// sized returns a context that allows more time for each try if the body is large.
func sized(ctx context.Context, body int) context.Context {
	if body <= smallBody {
		return ctx
	}
	return withLongTries(ctx)
}
