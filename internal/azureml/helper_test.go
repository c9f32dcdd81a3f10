package azureml

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testToken = "the-token"

// maxErrorBody is how much of an error's body the pipeline reads.
const maxErrorBody = 64 << 10

// dataPlaneToken is what a countingCredential gives for the data plane's audience.
const dataPlaneToken = testToken + "-of-ml"

// countingCredential counts how often a token was asked for.
type countingCredential struct {
	mu    sync.Mutex
	calls int
	err   error
}

func (c *countingCredential) GetToken(_ context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	token := map[string]string{
		"https://management.core.windows.net//.default": testToken,
		"https://ml.azure.com/.default":                 dataPlaneToken,
	}[strings.Join(opts.Scopes, " ")]
	if token == "" {
		return azcore.AccessToken{}, errors.New("wrong scope")
	}
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, c.err
}

func newClient(t testing.TB, transport policy.Transporter, change ...func(*Options)) *Client {
	t.Helper()
	opts := Options{Credential: &countingCredential{}, Transport: transport}
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

func loopback(o *Options) {
	const base = "http://127.0.0.1:7071"
	o.BaseURLs = BaseURLs{ARM: base, ModelManagement: base, Experiments: base}
}

// wireClient is a client of a real HTTP server behind net.Pipe, on loopback.
func wireClient(t *testing.T, handler http.HandlerFunc, change ...func(*Options)) *Client {
	t.Helper()
	client := upstreamtest.Wire(t, &http.Transport{}, handler)
	return newClient(t, client, append([]func(*Options){loopback}, change...)...)
}

func row(t testing.TB, id string) Operation {
	t.Helper()
	e, ok := Find(id)
	if !ok {
		t.Fatalf("no row %s", id)
	}
	return e
}

func target(level dsr.Level) dsr.Target {
	return dsr.Target{
		Level:          level,
		SubscriptionID: "sub",
		ResourceGroup:  "rg",
		Location:       "eastus2",
		Account:        "acc",
		Workspace:      "ws",
		Project:        "pr",
		Name:           "named",
		API:            "https://eastus2.api.azureml.ms",
	}
}

// callOf is a call of a row with everything that it can need.
func callOf(t testing.TB, id string) Call {
	e := row(t, id)
	return Call{
		Operation: e,
		Target:    target(e.Level),
		Item:      "item-1",
		Entry:     "outputs/model.pkl",
		ObjectID:  "oid-1",
	}
}

// wantError checks class and reason, and that the message gives nothing away.
func wantError(t *testing.T, err error, class dsr.Class, reason string) *dsr.Error {
	t.Helper()
	e, ok := errors.AsType[*dsr.Error](err)
	if !ok {
		t.Fatalf("got %v, want a dsr.Error", err)
	}

	if e.Class != class || e.Reason != reason {
		t.Errorf("got %s %s (%s), want %s %s", e.Class, e.Reason, e.Message, class, reason)
	}

	for _, secret := range []string{"http://", "https://", "sig=", testToken, "anna"} {
		if strings.Contains(e.Error(), secret) {
			t.Errorf("the message %q quotes %q", e.Error(), secret)
		}
	}

	return e
}

func readAll(t *testing.T, r io.ReadCloser) string {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// get reads what a row names and closes the answer.
func get(t *testing.T, c *Client, id string) error {
	t.Helper()
	answer, err := c.Get(t.Context(), callOf(t, id))
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

type readCloser struct {
	io.Reader
	io.Closer
}
