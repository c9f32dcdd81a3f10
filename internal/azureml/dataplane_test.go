package azureml

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

const (
	discoveryURL  = "https://eastus2.api.azureml.ms/discovery"
	discoveryPath = "/discovery"
	apiURL        = "https://eastus2.api.azureml.ms"
)

// discovering answers as a workspace whose document names a discovery service, and
// as that service.
func discovering(discovery string, services http.HandlerFunc) *upstreamtest.Recorder {
	return upstreamtest.Serve(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host == "management.azure.com" {
			_, _ = io.WriteString(w, `{"name":"ws","properties":{"discoveryUrl":"`+discovery+`"}}`)
			return
		}
		services(w, r)
	})
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func dataPlaneOf(t *testing.T, transport *upstreamtest.Recorder, change ...func(*Options)) (string, error) {
	t.Helper()
	place := target(dsr.MachineLearningExperiment)
	place.API = ""
	details, err := NewDirectory(newClient(t, transport, change...)).Details(t.Context(), place)
	return details.API, err
}

func TestTheDataPlaneIsDiscovered(t *testing.T) {
	tests := []struct{ name, discovery, answer, want string }{
		{"by region", discoveryURL, `{"api":"https://eastus2.api.azureml.ms","history":"https://x.api.azureml.ms"}`, apiURL},
		{"with a slash at its end", discoveryURL, `{"api":"https://eastus2.api.azureml.ms/"}`, apiURL},
		{"with its port", discoveryURL, `{"api":"https://eastus2.api.azureml.ms:443"}`, apiURL + ":443"},
		{"as the first years did", "https://eastus2.experiments.azureml.net/discovery", `{"history":"https://eastus2.experiments.azureml.net"}`, "https://eastus2.experiments.azureml.net"},
		{"behind a private endpoint", "https://0a1b.workspace.eastus2.api.azureml.ms/discovery", `{"api":"https://0a1b.workspace.eastus2.api.azureml.ms"}`, "https://0a1b.workspace.eastus2.api.azureml.ms"},
		{"behind one with a certificate of its own", "https://0a1b.workspace.eastus2.cert.api.azureml.ms/discovery", `{"api":"https://0a1b.workspace.eastus2.cert.api.azureml.ms"}`, "https://0a1b.workspace.eastus2.cert.api.azureml.ms"},
		{"an api that is no text, beside a history", discoveryURL, `{"api":{"url":"https://eastus2.api.azureml.ms"},"history":"https://eastus2.api.azureml.ms"}`, apiURL},
		{"an empty api beside a history", discoveryURL, `{"api":"","history":"https://eastus2.api.azureml.ms"}`, apiURL},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			transport := discovering(tt.discovery, says(tt.answer))
			got, err := dataPlaneOf(t, transport)
			if err != nil || got != tt.want {
				t.Fatalf("got %s, %v, want %s", got, err, tt.want)
			}

			sent := transport.Requests()
			if len(sent) != 2 || sent[0].Header.Get("Authorization") != "Bearer "+upstreamtest.Token || !strings.HasSuffix(sent[0].URL.Path, "/workspaces/ws") {
				t.Errorf("sent %v", sent)
			}
			if last := sent[1]; last.URL.String() != tt.discovery || last.Header.Get("Authorization") != "" || last.Method != http.MethodGet {
				t.Errorf("asked %s with %q", last.URL, last.Header.Get("Authorization"))
			}
		})
	}
}

// foreignBases are no addresses of the public cloud's data plane, though they look
// like it.
var foreignBases = map[string]string{
	"another host":                     "https://evil.example.com",
	"a host that ends like ours":       "https://evil-api.azureml.ms",
	"a host that ends like ours, too":  "https://evilapi.azureml.ms",
	"the suffix alone":                 "https://api.azureml.ms",
	"an empty label":                   "https://.api.azureml.ms",
	"a host behind ours":               "https://eastus2.api.azureml.ms.evil.example",
	"our host as a user":               "https://eastus2.api.azureml.ms@evil.example.com",
	"our host as a user with password": "https://x:eastus2.api.azureml.ms@evil.example.com",
	"a user before our host":           "https://anna@eastus2.api.azureml.ms",
	"plain http":                       "http://eastus2.api.azureml.ms",
	"another port":                     "https://eastus2.api.azureml.ms:8443",
	"an empty port":                    "https://eastus2.api.azureml.ms:",
	"an address":                       "https://10.0.0.1",
	"an address in version 6":          "https://[::1]",
	"loopback":                         "https://127.0.0.1",
	"localhost":                        "http://localhost:7071",
	"the metadata service":             "http://169.254.169.254",
	"a backslash":                      `https://evil.example.com\\.api.azureml.ms`,
	"a fragment":                       "https://evil.example.com#.api.azureml.ms",
	"a query":                          "https://evil.example.com?x=.api.azureml.ms",
	"a path like ours":                 "https://evil.example.com/x.api.azureml.ms",
	"a path below the suffix":          "https://eastus2.api.azureml.ms.evil.example/../eastus2.api.azureml.ms",
	"a dot at its end":                 "https://eastus2.api.azureml.ms.",
	"two dots":                         "https://eastus2..api.azureml.ms",
	"a wildcard":                       "https://*.api.azureml.ms",
	"a blank":                          "https://eastus2 .api.azureml.ms",
	"an escape":                        "https://evil.example.com%2f.api.azureml.ms",
	"letters that only look so":        "https://eastus2.аpi.azureml.ms",
	"a label that is too long":         "https://" + strings.Repeat("a", 64) + ".api.azureml.ms",
	"no scheme":                        "eastus2.api.azureml.ms",
	"a host without its scheme":        "//eastus2.api.azureml.ms",
	"an opaque link":                   "https:eastus2.api.azureml.ms",
	"another scheme":                   "ftp://eastus2.api.azureml.ms",
	"China's suffix":                   "https://chinaeast2.api.ml.azure.cn",
	"storage":                          "https://acct.blob.core.windows.net",
}

func TestADiscoveryServiceElsewhereIsNotAsked(t *testing.T) {
	for name, base := range foreignBases {
		t.Run(name, func(t *testing.T) {
			transport := discovering(base+discoveryPath, says(`{"api":"`+apiURL+`"}`))
			_, err := dataPlaneOf(t, transport)
			upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)
			if n := len(transport.Requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}

	for _, discovery := range []string{"", "/discovery", discoveryURL + "#x", `https:\\\\eastus2.api.azureml.ms/discovery`} {
		_, err := dataPlaneOf(t, discovering(discovery, says(`{"api":"`+apiURL+`"}`)))
		upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)
	}
}

func TestADataPlaneElsewhereIsRefused(t *testing.T) {
	for name, base := range foreignBases {
		t.Run(name, func(t *testing.T) {
			transport := discovering(discoveryURL, says(`{"api":"`+base+`","history":"`+apiURL+`"}`))
			got, err := dataPlaneOf(t, transport)
			if upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink); got != "" {
				t.Errorf("got %s beside the error", got)
			}
		})
	}
	_, err := dataPlaneOf(t, discovering(discoveryURL, says(`{"api":"`+apiURL+`/history"}`)))
	upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)
}

// A plan is in storage, where it may be forged, so its data plane is checked each time.
func TestAForgedDataPlaneNeverGetsAToken(t *testing.T) {
	for name, base := range foreignBases {
		t.Run(name, func(t *testing.T) {
			transport, cred := upstreamtest.Answers(200), newCredential()
			c := newClient(t, transport, func(o *Options) { o.Credential = cred })
			for _, id := range []string{"W50", "W53", "W60"} {
				call := callOf(t, id)
				call.Target.API = strings.ReplaceAll(base, `\\`, `\`)
				_, err := c.Get(t.Context(), call)
				upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)
			}

			if len(transport.Requests()) != 0 || cred.Calls() != 0 {
				t.Errorf("%d requests, %d tokens", len(transport.Requests()), cred.Calls())
			}
		})
	}

	call := callOf(t, "W50")
	call.Target.API = ""
	_, err := newClient(t, upstreamtest.Answers(200)).Get(t.Context(), call)
	upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonInvalidRequest)
}

func TestADiscoveryThatFailsHasItsClass(t *testing.T) {
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if len(header) > 0 {
				w.Header().Set(header[0], header[1])
			}
			w.WriteHeader(code)
		}
	}

	tests := []struct {
		name     string
		services http.HandlerFunc
		class    dsr.Class
		reason   string
		calls    int // of the discovery service
	}{
		{"broken JSON", says(`{"api":"https://eastus2.api.azur`), dsr.Permanent, dsr.ReasonMalformedAnswer, 1},
		{"no object", says(`["` + apiURL + `"]`), dsr.Permanent, dsr.ReasonMalformedAnswer, 1},
		{"nothing", says(``), dsr.Permanent, dsr.ReasonMalformedAnswer, 1},
		{"no data plane", says(`{"modelmanagement":"` + apiURL + `"}`), dsr.Permanent, dsr.ReasonMalformedAnswer, 1},
		{"an api that is no text", says(`{"api":["` + apiURL + `"]}`), dsr.Permanent, dsr.ReasonMalformedAnswer, 1},
		{"an answer that is too long", says(`{"x":"` + strings.Repeat("x", maxDiscovery) + `","api":"` + apiURL + `"}`), dsr.Permanent, dsr.ReasonMalformedAnswer, 1},
		{"a redirect", status(302, "Location", "https://evil.example.com/discovery"), dsr.Permanent, dsr.ReasonRedirect, 1},
		{"not found", status(404), dsr.Permanent, dsr.ReasonTargetNotFound, 1},
		{"forbidden", status(403), dsr.Permanent, dsr.ReasonForbidden, 1},
		{"unauthorized", status(401), dsr.Transient, dsr.ReasonTransient, 1},
		{"throttled", status(429, "Retry-After", "60"), dsr.Throttled, dsr.ReasonThrottled, 1},
		{"a failure", status(500), dsr.Transient, dsr.ReasonTransient, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := discovering(discoveryURL, tt.services)
				_, err := dataPlaneOf(t, transport)
				if e := upstreamtest.WantError(t, err, tt.class, tt.reason); !strings.HasPrefix(e.Message, "W03: ") {
					t.Errorf("the message is %q", e.Message)
				}

				sent := transport.Requests()
				if len(sent) != 1+tt.calls {
					t.Errorf("%d requests", len(sent))
				}

				for _, req := range sent[1:] {
					if req.Header.Get("Authorization") != "" || req.URL.String() != discoveryURL {
						t.Errorf("asked %s with %q", req.URL, req.Header.Get("Authorization"))
					}
				}
			})
		})
	}
}

func TestADiscoveryAnswerThatBreaksOffIsTransient(t *testing.T) {
	transport := discovering(discoveryURL, says(``))
	whole := transport.Handler
	transport.Handler = func(r *http.Request) (*http.Response, error) {
		resp, err := whole(r)
		if r.URL.Path == discoveryPath {
			resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"a`), brokenOff{}))
		}
		return resp, err
	}
	_, err := dataPlaneOf(t, transport)
	upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonTransient)
}

func TestAWorkspaceDocumentThatCannotBeRead(t *testing.T) {
	for name, text := range map[string]string{"no JSON": `<html>`, "a link that is a number": `{"properties":{"discoveryUrl":1}}`} {
		transport := upstreamtest.Serve(says(text))
		_, err := dataPlaneOf(t, transport)
		upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer)
		if len(transport.Requests()) != 1 {
			t.Errorf("%s: %d requests", name, len(transport.Requests()))
		}
	}
	_, err := dataPlaneOf(t, upstreamtest.Serve(says(`{"properties":{}}`)))
	upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)
}

func TestEachCloudHasItsOwnDataPlane(t *testing.T) {
	const mm, exp = "https://mm.example.cn", "https://exp.example.cn"
	tests := []struct {
		cloud, base string
		want        bool
	}{
		{"AzureChinaCloud", "https://chinaeast2.api.ml.azure.cn", true},
		{"AzureChinaCloud", "https://0a1b.workspace.chinaeast2.api.ml.azure.cn", true},
		{"AzureChinaCloud", "https://0a1b.workspace.chinaeast2.cert.api.ml.azure.cn", true},
		{"AzureChinaCloud", "https://eastus2.api.azureml.ms", false},
		{"AzureChinaCloud", "https://usgovvirginia.api.ml.azure.us", false},
		{"AzureUSGovernment", "https://usgovvirginia.api.ml.azure.us", true},
		{"AzureUSGovernment", "https://0a1b.workspace.usgovvirginia.api.ml.azure.us", true},
		{"AzureUSGovernment", "https://chinaeast2.api.ml.azure.cn", false},
		{"AzureUSGovernment", "https://eastus2.experiments.azureml.net", false},
		{PublicCloud, "https://chinaeast2.api.ml.azure.cn", false},
		{PublicCloud, "https://EASTUS2.API.azureml.ms", true},
		{PublicCloud, "http://127.0.0.1:7071", false},
	}
	for _, tt := range tests {
		cloud, err := CloudByName(tt.cloud)
		if err != nil {
			t.Fatal(err)
		}

		c := newClient(t, upstreamtest.Answers(200), func(o *Options) {
			o.Cloud, o.BaseURLs = cloud, BaseURLs{ModelManagement: mm, Experiments: exp}
		})
		call := callOf(t, "W53")
		call.Target.API = tt.base

		if _, err := c.URL(call); (err == nil) != tt.want {
			t.Errorf("%s, %s: %v, want allowed %v", tt.cloud, tt.base, err, tt.want)
		}
	}
}

func TestLoopbackIsADataPlaneOnlyWhereARMIsOnLoopback(t *testing.T) {
	tests := []struct {
		base string
		want bool // with ARM on loopback; never else
	}{
		{"http://127.0.0.1:9", true},
		{"https://localhost:9", true},
		{"http://[::1]:9", true},
		{"ftp://127.0.0.1:9", false},
		{"http://127.0.0.1.evil.example", false},
		{"http://anna@127.0.0.1:9", false},
		{"http://127.0.0.1:9/x", false},
		{"http://2130706433", false},
		{"http://0.0.0.0:9", false},
	}

	azure, local := newClient(t, upstreamtest.Answers(200)), newClient(t, upstreamtest.Answers(200), loopback)
	for _, tt := range tests {
		call := callOf(t, "W53")
		call.Target.API = tt.base
		if _, err := local.URL(call); (err == nil) != tt.want {
			t.Errorf("%s beside ARM on loopback: %v", tt.base, err)
		}
		if _, err := azure.URL(call); err == nil {
			t.Errorf("%s beside ARM in Azure is allowed", tt.base)
		}
	}
}

func FuzzDataPlane(f *testing.F) {
	for _, base := range foreignBases {
		f.Add(base)
	}

	f.Add(apiURL)
	c := newClient(f, upstreamtest.Answers(200))
	op := row(f, "W53")
	f.Fuzz(func(t *testing.T, base string) {
		place := target(op.Level)
		place.API = base
		text, err := c.URL(Call{Operation: op, Target: place, Item: "x"})
		if err != nil {
			return
		}
		req, err := http.NewRequest(http.MethodGet, text, nil)
		if err != nil {
			t.Fatal(err)
		}

		host := strings.ToLower(req.URL.Hostname())
		ours := strings.HasSuffix(host, ".api.azureml.ms") || strings.HasSuffix(host, ".experiments.azureml.net")
		if !ours || req.URL.Scheme != "https" || req.URL.User != nil || (req.URL.Port() != "" && req.URL.Port() != "443") || !strings.HasPrefix(req.URL.Path, "/history/v1.0/") {
			t.Fatalf("%q was allowed as %s", base, text)
		}
	})
}
