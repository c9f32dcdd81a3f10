package upstream

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"testing"

	"azureml-dsr/internal/upstream/upstreamtest"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The places that are called.
const (
	here  = "https://here.example.net/thing"
	there = "https://there.example.net/thing"
	local = "http://127.0.0.1:7071/thing"
)

// The audiences, and the token of each.
const (
	ownAudience   = "https://own.example.net/.default"
	otherAudience = "https://other.example.net/.default"
	ownToken      = upstreamtest.Token
	otherToken    = ownToken + "-of-another"
)

func newCredential() *upstreamtest.Credential {
	return &upstreamtest.Credential{Tokens: map[string]string{ownAudience: ownToken, otherAudience: otherToken}}
}

func newClient(t testing.TB, transport policy.Transporter, change ...func(*Options)) *Client {
	t.Helper()
	opts := Options{
		Module:        "azureml-dsr",
		Version:       "v0.0.0",
		Credential:    newCredential(),
		Audience:      ownAudience,
		Transport:     transport,
		StorageSuffix: "core.windows.net",
	}
	for _, f := range change {
		f(&opts)
	}

	c, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(c.Close)

	return c
}

func onLoopback(o *Options) { o.PlainHTTP, o.LoopbackContent = true, true }

// wireClient is a client of a real HTTP server behind net.Pipe, on loopback.
func wireClient(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	return newClient(t, upstreamtest.Wire(t, newTransport(), handler), onLoopback)
}

// call is what a test sends; a GET and the quota "sub" unless it says otherwise.
type call struct{ method, url, quota, audience string }

// ask makes a call and returns a 200 answer, or else the error of any other.
func ask(ctx context.Context, c *Client, made call) (*http.Response, error) {
	u, err := url.Parse(made.url)
	if err != nil {
		return nil, err
	}

	scope := Scope{
		Label:    "E14",
		Origin:   OriginOf(u),
		Quota:    cmp.Or(made.quota, "sub"),
		Audience: made.audience,
	}

	resp, err := c.Do(ctx, Request{Scope: scope, Method: cmp.Or(made.method, http.MethodGet), URL: made.url})
	if err == nil && resp.StatusCode != http.StatusOK {
		return nil, Refused(scope.Label, resp)
	}

	return resp, err
}

// get makes a call and closes its answer.
func get(t *testing.T, c *Client, url, quota string) error {
	t.Helper()
	resp, err := ask(t.Context(), c, call{url: url, quota: quota})
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
