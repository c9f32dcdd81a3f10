package upstream

import (
	"net/http"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// The guard is tested below the client's own checks, as azcore's poller that
// makes its own requests would meet it.
func TestNoTokenLeavesForAnotherOrigin(t *testing.T) {
	const allowed = "https://management.azure.com:443"
	tests := []struct {
		name, origin, url string
		pass              bool
	}{
		{"the allowed origin", allowed, "https://management.azure.com/x", true},
		{"the allowed origin in other letters", allowed, "https://Management.Azure.com:443/x", true},
		{"a call without an origin", "", "https://management.azure.com/x", false},
		{"another host", allowed, "https://evil.example.com/x", false},
		{"a host below", allowed, "https://x.management.azure.com/x", false},
		{"another port", allowed, "https://management.azure.com:444/x", false},
		{"plain http", allowed, "http://management.azure.com:443/x", false},
		{"a user", allowed, "https://anna@management.azure.com/x", false},
		{"plain http that is allowed, but not loopback", "http://example.com:80", "http://example.com/x", false},
		{"plain http to loopback", "http://127.0.0.1:80", "http://127.0.0.1/x", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			transport, cred := upstreamtest.Answers(200), newCredential()
			c := newClient(t, transport, onLoopback, func(o *Options) { o.Credential = cred })
			ctx := WithScope(t.Context(), Scope{Origin: tt.origin})
			req, err := runtime.NewRequest(ctx, http.MethodGet, tt.url)
			if err != nil {
				t.Fatal(err)
			}

			resp, err := c.authorized.Do(req)
			if tt.pass {
				if err != nil || len(transport.Requests()) != 1 || resp.StatusCode != http.StatusOK {
					t.Errorf("got %v", err)
				}
				return
			}

			upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)

			if len(transport.Requests()) != 0 || cred.Calls() != 0 {
				t.Errorf("%d requests, %d tokens", len(transport.Requests()), cred.Calls())
			}
		})
	}
}

func TestAHostHeaderCannotRedirectACall(t *testing.T) {
	transport := upstreamtest.Answers(200)
	c := newClient(t, transport)
	ctx := WithScope(t.Context(), Scope{Origin: "https://management.azure.com:443"})
	req, err := runtime.NewRequest(ctx, http.MethodGet, "https://management.azure.com/x")
	if err != nil {
		t.Fatal(err)
	}
	req.Raw().Host = "evil.example.com"
	_, err = c.authorized.Do(req)
	upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)
}
