package azureml

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testToken = "the-token"

// recorder is a transport that answers from a handler and remembers every
// request that would have left the process.
type recorder struct {
	handler func(*http.Request) (*http.Response, error)
	mu      sync.Mutex
	sent    []*http.Request
}

func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.sent = append(r.sent, req)
	r.mu.Unlock()
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return r.handler(req)
}

func (r *recorder) requests() []*http.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*http.Request(nil), r.sent...)
}

// serve turns a handler into a recorder.
func serve(h http.HandlerFunc) *recorder {
	return &recorder{handler: func(req *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h(w, req)
		return w.Result(), nil
	}}
}

// answers gives the statuses one after another, the last one for ever.
func answers(statuses ...int) *recorder {
	i := 0
	return serve(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(statuses[min(i, len(statuses)-1)])
		i++
		_, _ = io.WriteString(w, "{}")
	})
}

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
	o.Endpoints = Endpoints{ARM: base, ModelManagement: base, Experiments: base}
}

func row(t testing.TB, id string) Endpoint {
	t.Helper()
	e, ok := Find(id)
	if !ok {
		t.Fatalf("no row %s", id)
	}
	return e
}

func target(level dsr.Level) dsr.Target {
	return dsr.Target{
		Level: level, SubscriptionID: "sub", ResourceGroup: "rg", Location: "eastus2",
		Account: "acc", Workspace: "ws", Project: "pr",
		Name: "named", API: "https://eastus2.api.azureml.ms",
	}
}

// callOf is a call of a row with everything that it can need.
func callOf(t testing.TB, id string) Call {
	e := row(t, id)
	return Call{Endpoint: e, Target: target(e.Level), Item: "item-1", Entry: "outputs/model.pkl", ObjectID: "oid-1"}
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
