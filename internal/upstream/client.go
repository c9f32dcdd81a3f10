package upstream

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// Options configures a Client. Zero fields take the defaults named here.
type Options struct {
	// Module and Version name the caller in every request's User-Agent.
	Module, Version string
	// Credential returns the bearer tokens; it must be set.
	Credential azcore.TokenCredential
	// Audience is the scope of the token of a call that names none.
	Audience string
	// PlainHTTP lets a token go over plain http, to loopback only.
	PlainHTTP bool
	// Transport sends the requests; default: an http.Client of the Client's own
	// that keeps 64 idle connections a host. It must not follow redirects; an
	// *http.Client is copied and told so.
	Transport policy.Transporter
	// MaxPerHost is how many calls of a host and quota may be in flight, bodies
	// included; default 32. A caller that makes further calls to a host while it holds
	// many open bodies of it can block itself.
	MaxPerHost int
	// ShortWait is the longest Retry-After that is waited for in place; default
	// 2 s. A call that would have to wait for longer is Throttled at once.
	ShortWait time.Duration
	// StallTimeout is how long a call waits for the next byte; default 30 s.
	StallTimeout time.Duration
	// StorageSuffix ends the hosts that signed links may lead to:
	// {account}.blob.{StorageSuffix}.
	StorageSuffix string
	// LoopbackContent lets signed links lead to loopback, too.
	LoopbackContent bool
}

func (o *Options) setDefaults() {
	if o.MaxPerHost <= 0 {
		o.MaxPerHost = 32
	}
	if o.ShortWait <= 0 {
		o.ShortWait = 2 * time.Second
	}
	if o.StallTimeout <= 0 {
		o.StallTimeout = 30 * time.Second
	}
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	opts         Options
	authorized   runtime.Pipeline
	unauthorized runtime.Pipeline
	idle         []*http.Client // to be closed with the client
}

// New returns a Client. It fails only without a credential.
func New(opts Options) (*Client, error) {
	if opts.Credential == nil {
		return nil, errors.New("upstream: a credential is needed")
	}
	opts.setDefaults()

	c := &Client{opts: opts}
	c.authorized = newAuthorizedPipeline(opts, c.transport())
	c.unauthorized = newUnauthorizedPipeline(opts, c.transport())
	return c, nil
}

// Close closes the idle connections. Open answers are not affected.
func (c *Client) Close() {
	for _, client := range c.idle {
		client.CloseIdleConnections()
	}
}

// Do sends a request with a token and returns the answer, whatever its status;
// its body must be closed. A call without an answer is a *dsr.Error, and so is a
// body that breaks off. When the context ends, Do returns an Unclear one that wraps
// the context's error, and a body the context's error itself.
func (c *Client) Do(ctx context.Context, r Request) (*http.Response, error) {
	return sendJSON(ctx, c.authorized, r)
}

// DoWithoutToken sends a request as Do does, but without a token and to any
// origin. The caller vouches for the URL.
func (c *Client) DoWithoutToken(ctx context.Context, r Request) (*http.Response, error) {
	return sendJSON(ctx, c.unauthorized, r)
}

// Poller returns the pipeline behind Do, for azcore's pollers. The contexts that
// they are used with need a Scope that has Poll set.
func (c *Client) Poller() runtime.Pipeline { return c.authorized }

// Discard closes an answer after reading it, up to a bound, so that its connection
// can be used again.
func Discard(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, prefetchSize)
	_ = resp.Body.Close()
}
