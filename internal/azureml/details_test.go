package azureml

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

// armSays answers ARM's calls by the end of their paths, and a discovery service.
func armSays(answers map[string]string) *upstreamtest.Recorder {
	return upstreamtest.Serve(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "management.azure.com" {
			_, _ = io.WriteString(w, `{"api":"`+apiURL+`"}`)
			return
		}
		for end, answer := range answers {
			if strings.HasSuffix(r.URL.Path, end) {
				_, _ = io.WriteString(w, answer)
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
	})
}

func TestWhatAWorkspaceSaysOfItself(t *testing.T) {
	const found = `"discoveryUrl":"` + discoveryURL + `"`
	for name, tt := range map[string]struct {
		document string
		want     dsr.WorkspaceDetails
		failed   bool
	}{
		"of any kind": {`{"kind":"Default","properties":{` + found + `}}`, dsr.WorkspaceDetails{API: apiURL}, false},
		"a hub with its projects": {
			`{"kind":"hub","properties":{` + found + `,"associatedWorkspaces":["/subscriptions/s/p1"]}}`,
			dsr.WorkspaceDetails{API: apiURL, Hub: true, Projects: []string{"/subscriptions/s/p1"}}, false,
		},
		"a project":                   {`{"kind":"Project","properties":{` + found + `}}`, dsr.WorkspaceDetails{API: apiURL, AIProject: true}, false},
		"one that names its agents":   {`{"kind":"Default","properties":{` + found + `,"agentsEndpointUri":"https://x"}}`, dsr.WorkspaceDetails{API: apiURL, AIProject: true}, false},
		"a project without a service": {`{"kind":"Project","properties":{"discoveryUrl":null}}`, dsr.WorkspaceDetails{AIProject: true}, true},
		"no JSON":                     {`{`, dsr.WorkspaceDetails{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := NewDirectory(newClient(t, armSays(map[string]string{"/workspaces/ws": tt.document})))
			got, err := d.Details(t.Context(), target(dsr.MachineLearningWorkspace))
			if (err != nil) != tt.failed || (err != nil && dsr.ClassOf(err) != dsr.Permanent) {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARegistrysDataPlaneIsWhereItsDiscoveryIs(t *testing.T) {
	for discovery, want := range map[string]string{
		"https://eastus2.api.azureml.ms/registrymanagement/v1.0/registries/named/discovery": apiURL,
		"https://evil.example.com/registrymanagement/v1.0/registries/named/discovery":       "",
		"https://eastus2.api.azureml.ms.evil.example/discovery":                             "",
		"https://a@eastus2.api.azureml.ms/discovery":                                        "",
		"http://eastus2.api.azureml.ms/discovery":                                           "",
		"": "",
	} {
		d := NewDirectory(newClient(t, armSays(map[string]string{"/registries/named": `{"properties":{"discoveryUrl":"` + discovery + `"}}`})))
		got, err := d.RegistryPlane(t.Context(), target(dsr.Registry))
		if got != want || (err == nil) != (want != "") || (err != nil && dsr.ReasonOf(err) != dsr.ReasonForeignLink) {
			t.Errorf("%q: got %q, %v", discovery, got, err)
		}
	}
}

func TestWhichAccountsAWorkspaceIsConnectedTo(t *testing.T) {
	const account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/contoso"
	connection := func(name, category, metadata string) string {
		return `{"name":"` + name + `","properties":{"category":"` + category + `","metadata":` + metadata + `,"credentials":{"key":"k"}}}`
	}
	for name, tt := range map[string]struct {
		connections string
		want        dsr.Connected
		failed      bool
	}{
		"none":                           {`{"value":[]}`, dsr.Connected{}, false},
		"a repository":                   {`{"value":[` + connection("git", "Git", `{}`) + `]}`, dsr.Connected{}, false},
		"a Foundry account":              {`{"value":[` + connection("ai", "AIServices", `{"ResourceId":"`+account+`"}`) + `]}`, dsr.Connected{Accounts: []string{account}}, false},
		"by another name and category":   {`{"value":[` + connection("ai", "Custom", `{"resourceid":"`+account+`/projects/p"}`) + `]}`, dsr.Connected{Accounts: []string{account}}, false},
		"twice, in another case":         {`{"value":[` + connection("a", "AIServices", `{"ResourceId":"`+account+`"}`) + `,` + connection("b", "AzureOpenAI", `{"ResourceId":"`+strings.ToUpper(account)+`"}`) + `]}`, dsr.Connected{Accounts: []string{account}}, false},
		"an account that is not named":   {`{"value":[` + connection("ai", "AzureOpenAI", `null`) + `]}`, dsr.Connected{Unnamed: []string{"ai"}}, false},
		"metadata of another kind":       {`{"value":[` + connection("ai", "aiservices", `[1]`) + `]}`, dsr.Connected{Unnamed: []string{"ai"}}, false},
		"an error in a 200":              {`{"error":{"code":"Busy"}}`, dsr.Connected{}, true},
		"null":                           {`null`, dsr.Connected{}, true},
		"no list":                        {`<html>`, dsr.Connected{}, true},
		"a page that leads to elsewhere": {`{"value":[],"nextLink":"https://evil.example.com/x"}`, dsr.Connected{}, true},
		"a page that leads to itself":    {`{"value":[],"nextLink":"?api-version=2026-09-01&$skip=a"}`, dsr.Connected{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := NewDirectory(newClient(t, armSays(map[string]string{"/connections": tt.connections})))
			got, err := d.Connected(t.Context(), target(dsr.MachineLearningWorkspace))
			if (err != nil) != tt.failed || (err != nil && dsr.ClassOf(err) != dsr.Permanent) {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
