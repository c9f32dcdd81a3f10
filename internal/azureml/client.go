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
	"azureml-dsr/internal/upstream"
	"azureml-dsr/internal/version"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Options configures a Client. Zero fields take the defaults named here.
type Options struct {
	// BaseURLs are the planes' base URLs; default: the cloud's own.
	BaseURLs BaseURLs
	// Cloud has the audiences and host suffixes; default: the public cloud.
	Cloud Cloud
	// MachineLearningVersion replaces the api-version of the second generation's
	// rows on ARM; default: theirs.
	MachineLearningVersion string
	// Credential returns the bearer tokens; it must be set.
	Credential azcore.TokenCredential
	// Transport, MaxPerHost, ShortWait and StallTimeout are those of
	// upstream.Options. The quota that a call spends is its subscription's.
	Transport    policy.Transporter
	MaxPerHost   int
	ShortWait    time.Duration
	StallTimeout time.Duration
	// Logger gets one line for each call, at debug level; default: none.
	Logger *slog.Logger
}

func (o *Options) setDefaults() {
	if o.Cloud.Name == "" {
		o.Cloud, _ = CloudByName(PublicCloud)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// Client reads what the catalogue's rows name. It is safe for concurrent use.
type Client struct {
	opts     Options
	upstream *upstream.Client
}

// New returns a Client. It fails without a credential, and with a BaseURLErrors that
// names each setting of a base URL that is wrong.
func New(opts Options) (*Client, error) {
	opts.setDefaults()
	if opts.Credential == nil {
		return nil, errors.New("azureml: a credential is needed")
	}

	b := opts.BaseURLs
	resolved, err := ResolveBaseURLs(opts.Cloud, b.ARM, b.ModelManagement, b.Experiments)
	if err != nil {
		return nil, err
	}

	opts.BaseURLs = resolved
	up, err := upstream.New(upstream.Options{
		Module:          "azureml-dsr",
		Version:         "v" + version.Current().Version,
		Credential:      opts.Credential,
		Audience:        opts.Cloud.Scope(),
		PlainHTTP:       resolved.anyPlain(),
		Transport:       opts.Transport,
		MaxPerHost:      opts.MaxPerHost,
		ShortWait:       opts.ShortWait,
		StallTimeout:    opts.StallTimeout,
		StorageSuffix:   opts.Cloud.StorageSuffix,
		LoopbackContent: baseIsLoopback(resolved.ARM),
	})
	if err != nil {
		return nil, err
	}

	return &Client{opts: opts, upstream: up}, nil
}

// Close closes the idle connections. Open answers are not affected.
func (c *Client) Close() { c.upstream.Close() }

// Answer is a 200 answer. Its Body must be closed. Reading it fails with a transient
// dsr.Error if the answer breaks off, and with the context's own error if that ends.
type Answer struct {
	// URL is what was called.
	URL string
	// Status is the HTTP status: 200.
	Status int
	// RetrievedAt is when the answer began to arrive, in UTC.
	RetrievedAt time.Time
	// ETag is the strong entity tag of the answer; "" where it has none.
	ETag string
	// Body streams the answer, decompressed.
	Body io.ReadCloser
	// Held is the whole body where it is so short that it has been read already; nil for
	// any other.
	Held []byte
	// Length is the body's size in bytes, -1 where it isn't known.
	Length int64
}

// Get makes a call, by POST where its row has a body. Any answer but a 200 is a
// *dsr.Error with the upstream's status, error code and request id, and with the class
// that says what to do. If the context ends, the error is an Unclear one that wraps the
// context's.
func (c *Client) Get(ctx context.Context, call Call) (*Answer, error) {
	u, origin, err := c.resolve(call)
	if err != nil {
		return nil, err
	}
	address := u.String()
	req, err := requestOf(c.scope(call.Operation.ID, call, origin), call, address)
	if err != nil {
		return nil, err
	}

	start := time.Now()
	resp, err := c.upstream.Do(ctx, req) //nolint:bodyclose // the caller closes the answer's body; refusedCall closes others
	if err == nil && resp.StatusCode != http.StatusOK {
		err = refusedCall(call, resp)
	}

	c.log(ctx, call.Operation.ID, time.Since(start), err)
	if err != nil {
		return nil, err
	}

	return &Answer{
		URL:         address,
		Status:      resp.StatusCode,
		RetrievedAt: time.Now().UTC(),
		ETag:        strongETag(resp.Header),
		Body:        resp.Body,
		Held:        upstream.HeldBody(resp.Body),
		Length:      resp.ContentLength,
	}, nil
}

// strongETag returns the entity tag of an answer, "" for a weak one: If-Match never fits
// that.
func strongETag(h http.Header) string {
	tag := h.Get("Etag")
	if strings.HasPrefix(tag, "W/") {
		return ""
	}
	return tag
}

// scope returns what the pipeline must know of a call that may go to an origin. label
// is the id of the row that errors name.
func (c *Client) scope(label string, call Call, origin string) upstream.Scope {
	s := upstream.Scope{
		Label:  label,
		Origin: origin,
		Quota:  call.Target.SubscriptionID,
	}
	if call.Operation.Plane == MLWorkspace {
		s.Audience = c.opts.Cloud.DataPlaneScope()
	}
	return s
}

// requestOf returns the request of a call that reads.
func requestOf(s upstream.Scope, call Call, url string) (upstream.Request, error) {
	if call.Operation.Body == "" {
		return upstream.Request{Scope: s, Method: http.MethodGet, URL: url}, nil
	}
	body, err := bodyOf(call)
	return upstream.Request{
		Scope:  s,
		Method: http.MethodPost,
		URL:    url,
		Body:   body,
	}, err
}

func (c *Client) log(ctx context.Context, id string, took time.Duration, err error) {
	attrs := []any{"endpoint", id, "duration", took}
	if err != nil {
		attrs = append(attrs, "class", dsr.ClassOf(err).String(), "reason", dsr.ReasonOf(err), "status", dsr.StatusOf(err))
	}
	c.opts.Logger.DebugContext(ctx, "upstream call", attrs...)
}
