package azureml

import (
	"io"
	"net/http"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// maxErrorBody is how much of an error's body the pipeline reads.
const maxErrorBody = 64 << 10

// dataPlaneToken is the token of the data plane's audience; that of ARM's is
// upstreamtest.Token.
const dataPlaneToken = upstreamtest.Token + "-of-ml"

func newCredential() *upstreamtest.Credential {
	return &upstreamtest.Credential{Tokens: map[string]string{
		"https://management.core.windows.net//.default": upstreamtest.Token,
		"https://ml.azure.com/.default":                 dataPlaneToken,
	}}
}

func newClient(t testing.TB, transport policy.Transporter, change ...func(*Options)) *Client {
	t.Helper()
	opts := Options{Credential: newCredential(), Transport: transport}
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
	op, ok := Find(id)
	if !ok {
		t.Fatalf("no row %s", id)
	}
	return op
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
	op := row(t, id)
	return Call{
		Operation: op,
		Target:    target(op.Level),
		Item:      "item-1",
		Entry:     "outputs/model.pkl",
		ObjectID:  "oid-1",
	}
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

type readCloser struct {
	io.Reader
	io.Closer
}
