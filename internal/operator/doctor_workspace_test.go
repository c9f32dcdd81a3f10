package operator

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/azureml"
)

const (
	doctorGroup     = "/subscriptions/s/resourceGroups/research"
	doctorWorkspace = doctorGroup + "/providers/Microsoft.MachineLearningServices/workspaces/ws"
)

// azure answers as Azure ML does for one workspace. What is at a path may be replaced.
type azure struct {
	base    string
	replace map[string]http.HandlerFunc // by the end of the path
}

func (a *azure) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for end, instead := range a.replace {
		if strings.HasSuffix(r.URL.Path, end) {
			instead(w, r)
			return
		}
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/permissions"):
		_, _ = io.WriteString(w, `{"value":[{"actions":["*/read","Microsoft.MachineLearningServices/workspaces/*"],"notActions":[]}]}`)
	case strings.HasSuffix(r.URL.Path, "/workspaces"):
		_, _ = io.WriteString(w, `{"value":[{"id":"`+doctorWorkspace+`","name":"ws"}]}`)
	case strings.HasSuffix(r.URL.Path, "/workspaces/ws"):
		_, _ = io.WriteString(w, `{"id":"`+doctorWorkspace+`","name":"ws","kind":"Project","properties":{"discoveryUrl":"`+a.base+`/discovery"}}`)
	case r.URL.Path == "/discovery":
		_, _ = io.WriteString(w, `{"api":"`+a.base+`"}`)
	case strings.HasSuffix(r.URL.Path, "/threads"):
		_, _ = io.WriteString(w, `{"data":[],"has_more":false}`)
	default:
		_, _ = io.WriteString(w, `{"value":[]}`)
	}
}

// refusing answers with an error of Azure.
func refusing(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"error":{"code":"`+code+`","message":"secret"}}`)
	}
}

// examined returns a doctor whose Azure ML is a server of the test's.
func examined(t *testing.T, a *azure) *doctor {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.base = server.URL

	d := newDoctor(DoctorOptions{})
	d.settings.Token = "t"
	d.settings.Cloud, _ = azureml.CloudByName("")
	d.settings.BaseURLs = azureml.BaseURLs{ARM: server.URL, ModelManagement: server.URL, Experiments: server.URL}
	d.settings.AllowedScopes = []string{doctorGroup}
	return d
}

func TestTheDoctorReadsAWorkspaceAsAnExportDoes(t *testing.T) {
	for name, id := range map[string]string{"the first one that is allowed": "", "the one that is named": doctorWorkspace} {
		t.Run(name, func(t *testing.T) {
			d := examined(t, &azure{})
			d.checkWorkspace(t.Context(), id)
			want := []string{"workspaces of " + doctorGroup, "workspace ws", "data plane of ws", "chats of ws"}
			if id != "" {
				want = want[1:]
			}
			var got []string
			for _, f := range d.findings {
				got = append(got, f.What)
			}
			if len(failures(d.findings)) > 0 || !slices.Equal(got, want) {
				t.Errorf("found %+v", d.findings)
			}
		})
	}
}

func TestTheDoctorFindsWhatKeepsAWorkspaceFromBeingRead(t *testing.T) {
	at := func(end string, h http.HandlerFunc) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{end: h}
	}
	says := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}
	for name, c := range map[string]struct {
		replace               map[string]http.HandlerFunc
		what, detail, command string
	}{
		"workspaces may not be listed": {at("/workspaces", refusing(403, "AuthorizationFailed")), "workspaces of " + doctorGroup, "refused, AuthorizationFailed", "DSR Azure ML Reader"},
		"there is no such group":       {at("/workspaces", refusing(404, "ResourceGroupNotFound")), "workspaces of " + doctorGroup, "no such thing", "az resource show"},
		"the api-version is refused":   {at("/workspaces", refusing(400, "NoRegisteredProviderFound")), "workspaces of " + doctorGroup, "api-version " + azureml.MachineLearningVersion, "AZUREML_API_VERSION="},
		"it is refused otherwise":      {at("/workspaces/ws", refusing(400, "InvalidApiVersionParameter")), "workspace ws", "api-version", "AZUREML_API_VERSION="},
		"the document is refused":      {at("/workspaces/ws", refusing(403, "AuthorizationFailed")), "workspace ws", "refused", doctorWorkspace},
		"the token is refused":         {at("/workspaces/ws", refusing(401, "InvalidAuthenticationToken")), "workspace ws", "token was refused", "tenantId"},
		"discovery leads elsewhere":    {at("/workspaces/ws", says(`{"id":"x","name":"ws","properties":{"discoveryUrl":"https://attacker.example/discovery"}}`)), "workspace ws", "outside of AzurePublicCloud", "AZURE_CLOUD"},
		"it is behind a network":       {at("/experiments:query", refusing(403, "PublicNetworkAccessDisabled")), "data plane of ws", "inside of its network", "vnet-integration"},
		"the data plane is refused":    {at("/experiments:query", refusing(403, "Forbidden")), "data plane of ws", "refused", "DSR Azure ML Reader"},
		"chats are refused":            {at("/threads", refusing(403, "Forbidden")), "chats of ws", "refused", "DSR Azure ML Reader"},
	} {
		t.Run(name, func(t *testing.T) {
			d := examined(t, &azure{replace: c.replace})
			d.checkWorkspace(t.Context(), "")
			bad := failures(d.findings)
			if len(bad) != 1 || bad[0].What != c.what || !strings.Contains(bad[0].Detail, c.detail) || !strings.Contains(bad[0].Command, c.command) || strings.Contains(bad[0].Detail, "secret") {
				t.Errorf("found %+v", bad)
			}
		})
	}
}

func TestTheDoctorComparesRolesWithWhatTheWorkerNeeds(t *testing.T) {
	granted := func(text string) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{"/permissions": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }}
	}
	for name, c := range map[string]struct {
		replace map[string]http.HandlerFunc
		deletes bool
		ok      bool
		detail  string
	}{
		"Reader reads":                  {nil, false, true, "grant what the worker needs"},
		"Reader deletes nothing":        {nil, true, false, "registries/delete"},
		"Owner does everything":         {granted(`{"value":[{"actions":["*"]}]}`), true, true, "grant what"},
		"two roles add up":              {granted(`{"value":[{"actions":["Microsoft.Resources/*"]},{"actions":["microsoft.machinelearning*"]}]}`), false, true, "grant what"},
		"nobody reads":                  {granted(`{"value":[]}`), false, false, "Microsoft.MachineLearningServices/workspaces/read"},
		"reading is taken away":         {granted(`{"value":[{"actions":["*"],"notActions":["Microsoft.MachineLearningServices/workspaces/*/read"]}]}`), false, false, "workspaces/*/read"},
		"a part of it is taken away":    {granted(`{"value":[{"actions":["*"],"notActions":["Microsoft.MachineLearningServices/workspaces/jobs/read"]}]}`), false, false, "workspaces/*/read"},
		"roles may not be seen":         {map[string]http.HandlerFunc{"/permissions": refusing(403, "AuthorizationFailed")}, false, true, "may not be seen"},
		"the answer is of another kind": {granted(`[]`), false, false, "no list of permissions"},
	} {
		t.Run(name, func(t *testing.T) {
			d := examined(t, &azure{replace: c.replace})
			d.settings.DeletesEnabled = c.deletes
			d.checkRights(t.Context())
			f := onlyFinding(t, d)
			if f.OK != c.ok || !strings.Contains(f.Detail, c.detail) || f.OK != (f.Command == "") {
				t.Errorf("found %+v", f)
			}
		})
	}
}

// What a role has is no part of what another thing has that sounds alike.
func TestAnActionIsGrantedWhole(t *testing.T) {
	for _, c := range []struct {
		granted, needed string
		ok              bool
	}{
		{"*", "a/b/read", true},
		{"*/read", "a/b/read", true},
		{"a/*/read", "a/*/read", true},
		{"A/B/Read", "a/b/read", true},
		{"a/b/c/read", "a/b/*/read", false},
		{"a/b/*/read", "a/b/read", false},
		{"a.b/read", "axb/read", false},
		{"*/write", "a/b/read", false},
	} {
		if got := grants(azureml.Permission{Actions: []string{c.granted}}, c.needed); got != c.ok {
			t.Errorf("%s grants %s: %t", c.granted, c.needed, got)
		}
	}
}
