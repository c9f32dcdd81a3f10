package azureml

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
)

// Options configures a Client. Zero fields take the defaults named here.
type Options struct {
	// Endpoints are the planes' base URLs; default: the cloud's own.
	Endpoints Endpoints
	// Cloud gives audience and storage suffix; default: the public cloud.
	Cloud Cloud
	// MachineLearningVersion replaces the api-version of the second generation's
	// rows on ARM; default: theirs.
	MachineLearningVersion string
	// Credential gives the bearer tokens; it must be set.
	Credential azcore.TokenCredential
	// Transport sends the requests; default: an http.Client of the Client's own
	// that keeps 64 idle connections a host. It must not follow redirects; an
	// *http.Client is copied and told so.
	Transport policy.Transporter
	// MaxPerHost is how many calls of a host and subscription may be in flight,
	// bodies included; default 32. A caller that holds many open bodies while it makes further
	// calls to the same host can wait for itself.
	MaxPerHost int
	// ShortWait is the longest Retry-After that is waited for in place; default
	// 2 s. What takes longer is Throttled at once.
	ShortWait time.Duration
	// StallTimeout is how long no byte may arrive while one is waited for;
	// default 30 s.
	StallTimeout time.Duration
	// Logger gets a line a call at debug level; default: none.
	Logger *slog.Logger
}

func (o *Options) setDefaults() {
	if o.Cloud.Name == "" {
		o.Cloud, _ = CloudByName(PublicCloud)
	}
	if o.MaxPerHost <= 0 {
		o.MaxPerHost = 32
	}
	if o.ShortWait <= 0 {
		o.ShortWait = 2 * time.Second
	}
	if o.StallTimeout <= 0 {
		o.StallTimeout = 30 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// Client reads what the catalogue's rows name. It is safe for concurrent use.
type Client struct {
	opts     Options
	upstream runtime.Pipeline
	content  runtime.Pipeline
	idle     []*http.Client // to be closed with the client
}

// New makes a Client. The error names the setting of an endpoint that is wrong.
func New(opts Options) (*Client, error) {
	opts.setDefaults()
	if opts.Credential == nil {
		return nil, errors.New("azureml: a credential is needed")
	}
	e := opts.Endpoints
	resolved, err := ResolveEndpoints(opts.Cloud, e.ARM, e.ModelManagement, e.Experiments)
	if err != nil {
		return nil, err
	}
	opts.Endpoints = resolved
	c := &Client{opts: opts}
	c.upstream = newUpstreamPipeline(opts, c.transport())
	c.content = newContentPipeline(opts, c.transport())
	return c, nil
}

// Close closes the idle connections. Open answers are not affected.
func (c *Client) Close() {
	for _, client := range c.idle {
		client.CloseIdleConnections()
	}
}

// Answer is a 200 answer. Its Body must be closed. Reading fails with a
// transient dsr.Error when the answer breaks off, and with the context's own
// error when that ends.
type Answer struct {
	// URL is what was called.
	URL string
	// Status is the HTTP status: 200.
	Status int
	// RetrievedAt is when the answer began to arrive, in UTC.
	RetrievedAt time.Time
	// Body streams the answer, decompressed.
	Body io.ReadCloser
	// Length is the body's size in bytes, -1 when it isn't known.
	Length int64
}

// Get makes a call, by POST where its row has a body. Whatever isn't a 200 is a *dsr.Error that carries the
// upstream's status, error code and request id; its class says what to do. A
// context that ends is an Unclear one that wraps the context's error.
func (c *Client) Get(ctx context.Context, call Call) (*Answer, error) {
	u, origin, err := c.resolve(call)
	if err != nil {
		return nil, err
	}
	req, err := newRequest(withScope(ctx, c.scope(call, origin)), call, u.String())
	if err != nil {
		return nil, err
	}
	start := time.Now()
	resp, err := c.upstream.Do(req) //nolint:bodyclose // the caller closes the answer's body; refusedCall closes others
	if err != nil {
		err = failedCall(ctx, call.Endpoint.ID, err)
	} else if resp.StatusCode != http.StatusOK {
		err = refusedCall(call.Endpoint.ID, call.Cursor != "", resp)
	}
	c.log(ctx, call.Endpoint.ID, time.Since(start), err)
	if err != nil {
		return nil, err
	}
	return &Answer{
		URL: u.String(), Status: resp.StatusCode, RetrievedAt: time.Now().UTC(),
		Body: &body{ReadCloser: resp.Body, ctx: ctx, id: call.Endpoint.ID}, Length: resp.ContentLength,
	}, nil
}

// scope tells the policies of a call that may go to an origin.
func (c *Client) scope(call Call, origin string) callScope {
	return callScope{
		origin: origin, subscription: call.Target.SubscriptionID,
		dataPlane: call.Endpoint.Plane == MLWorkspace, otherAudience: new(bool),
	}
}

// newRequest makes the request of a call that reads.
func newRequest(ctx context.Context, call Call, url string) (*policy.Request, error) {
	method, body := http.MethodGet, ""
	if call.Endpoint.Body != "" {
		var err error
		if body, err = bodyOf(call); err != nil {
			return nil, err
		}
		method = http.MethodPost
	}
	req, err := runtime.NewRequest(ctx, method, url)
	if err == nil && body != "" {
		err = req.SetBody(streaming.NopCloser(strings.NewReader(body)), "application/json")
	}
	if err != nil {
		return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: its URL can't be called", call.Endpoint.ID)
	}
	req.Raw().Header.Set("Accept", "application/json")
	runtime.SkipBodyDownload(req)
	return req, nil
}

func (c *Client) log(ctx context.Context, id string, took time.Duration, err error) {
	attrs := []any{"endpoint", id, "duration", took}
	if err != nil {
		attrs = append(attrs, "class", dsr.ClassOf(err).String(), "reason", dsr.ReasonOf(err), "status", dsr.StatusOf(err))
	}
	c.opts.Logger.DebugContext(ctx, "upstream call", attrs...)
}
