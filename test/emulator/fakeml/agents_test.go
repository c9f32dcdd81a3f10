package fakeml

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// objects is a page of the agent service.
type objects struct {
	Object string            `json:"object"`
	Data   []json.RawMessage `json:"data"`
	LastID *string           `json:"last_id"`
	More   *bool             `json:"has_more"`
}

// walkObjects follows a list of the agent service and returns its items.
func (f *fake) walkObjects(t *testing.T, path string) []json.RawMessage {
	t.Helper()
	var items []json.RawMessage
	for after := ""; ; {
		p := decode[objects](t, f.get(t, path+after), http.StatusOK)
		items = append(items, p.Data...)
		if p.Object != "list" || len(items) > 10_000 {
			t.Fatalf("%s: %+v", path, p)
		}
		if p.More == nil || !*p.More {
			return items
		}
		after = "&after=" + url.QueryEscape(*p.LastID)
	}
}

func (f *fake) threadPath(n int) string {
	return testAgents + "/threads/" + f.account.nameOf(agentThread, place{item: n})
}

func TestEachListOfTheAgentServiceIsPagedByIDs(t *testing.T) {
	f := startML(t, Options{PageSize: 2})
	run := f.account.nameOf(agentRun, place{item: 1, entry: 1})
	store := f.account.nameOf(vectorStore, place{item: 1})
	for name, tt := range map[string]struct {
		endpoint, path string
		total          int
	}{
		"threads":       {"W68", testAgents + "/threads", 6},
		"messages":      {"W69", f.threadPath(1) + "/messages", 5},
		"runs":          {"W70", f.threadPath(1) + "/runs", 2},
		"steps":         {"W70s", f.threadPath(1) + "/runs/" + run + "/steps", 3},
		"agents":        {"W71", testAgents + "/assistants", 2},
		"files":         {"W72", testAgents + "/files", 2},
		"vector stores": {"W73", testAgents + "/vector_stores", 6},
		"their files":   {"W73f", testAgents + "/vector_stores/" + store + "/files", 2},
	} {
		t.Run(name, func(t *testing.T) {
			items := f.walkObjects(t, tt.path+"?order=asc&limit=100&"+agentsAPI)
			newest := f.walkObjects(t, tt.path+"?"+agentsAPI)
			if len(items) != tt.total || len(newest) != tt.total {
				t.Fatalf("%d items, %d of them without a wish, want %d", len(items), len(newest), tt.total)
			}

			ids := map[string]bool{}
			for _, item := range items {
				ids[textAt(t, item, "id")] = true
			}
			if len(ids) != tt.total {
				t.Errorf("ids %v", ids)
			}
			if name != "files" && textAt(t, items[0], "id") != textAt(t, newest[tt.total-1], "id") {
				t.Errorf("the oldest is %s, and last %s", items[0], newest[tt.total-1])
			}
			if served := f.endpointsServed(); !slices.Contains(served, tt.endpoint) {
				t.Errorf("served %v", served)
			}
		})
	}
}

func TestTheAgentServiceRefusesWhatIsAskedWrongly(t *testing.T) {
	f := startML(t, Options{})
	for path, want := range map[string]int{
		testAgents + "/threads":                                        http.StatusBadRequest,
		testAgents + "/threads?api-version=2026-09-01":                 http.StatusBadRequest,
		testAgents + "/threads?limit=101&" + agentsAPI:                 http.StatusBadRequest,
		testAgents + "/threads?after=thread_000099xx&" + agentsAPI:     http.StatusBadRequest,
		testAgents + "/threads/thread_000000ffffffff?" + agentsAPI:     http.StatusNotFound,
		testAgents + "/nothing?" + agentsAPI:                           http.StatusNotFound,
		testGeneric + "/indexes?" + agentsAPI:                          http.StatusBadRequest,
		testGeneric + "/indexes/none/versions?" + genericAPI:           http.StatusNotFound,
		testDT + "?name=none&" + templateAPI:                           http.StatusNotFound,
		strings.Replace(testDT, "-00/", "-07/", 1) + "?" + templateAPI: http.StatusNotFound,
	} {
		if g := f.get(t, path); g.status != want || member(t, g.body, "error/message") == nil {
			t.Errorf("%s: status %d, want %d, %s", path, g.status, want, g.body)
		}
	}
}

func TestWhatTheAgentServiceHoldsIsDeletedAtOnce(t *testing.T) {
	f := startML(t, Options{})
	a := &f.account
	for path, kind := range map[string]string{
		f.threadPath(0): "agentThread",
		testAgents + "/assistants/" + a.nameOf(agentOf, place{}):        "agent",
		testAgents + "/files/" + a.nameOf(agentFile, place{}):           "agentFile",
		testAgents + "/vector_stores/" + a.nameOf(vectorStore, place{}): "vectorStore",
	} {
		g := f.delete(t, path+"?"+agentsAPI)
		if deleted, _ := member(t, g.body, "deleted").(bool); g.status != http.StatusOK || !deleted {
			t.Errorf("%s: status %d, %s", kind, g.status, g.body)
		}
		if g := f.get(t, path+"?"+agentsAPI); g.status != http.StatusNotFound {
			t.Errorf("%s afterwards: status %d", kind, g.status)
		}
		if g := f.delete(t, path+"?"+agentsAPI); g.status != http.StatusNotFound {
			t.Errorf("%s again: status %d", kind, g.status)
		}
	}

	for _, path := range []string{f.threadPath(0) + "/messages", f.threadPath(0) + "/runs"} {
		if g := f.get(t, path+"?"+agentsAPI); g.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, g.status)
		}
	}
	if left := f.walkObjects(t, testAgents+"/threads?"+agentsAPI); len(left) != 5 {
		t.Errorf("%d threads are left", len(left))
	}
	if left := f.walkObjects(t, f.threadPath(1)+"/messages?"+agentsAPI); len(left) != 5 {
		t.Errorf("%d messages of another thread are left", len(left))
	}
}

func TestGenericAssetsAreNamedByTheirIDs(t *testing.T) {
	f := startML(t, Options{PageSize: 4})
	index := f.account.nameOf(genericIndex, place{item: 2})
	name := f.account.nameOf(template, place{item: 2})
	for path, tt := range map[string]struct {
		all, shown int
		ends       string
	}{
		testGeneric + "/indexes?" + genericAPI:                        {6, 6, "/versions/5"},
		testGeneric + "/prompts?" + genericAPI:                        {6, 6, "/versions/5"},
		testGeneric + "/indexes/" + index + "/versions?" + genericAPI: {5, 4, "/indexes/" + index + "/versions/"},
		testDT + "?" + templateAPI:                                    {30, 24, ""},
		testDT + "?name=" + name + "&" + templateAPI:                  {5, 4, "/deploymenttemplates/" + name + "/versions/"},
		testEval + "/runs?" + evalAPI:                                 {6, 6, ""},
	} {
		items := f.walkGET(t, path+"&listViewType=All")
		if shown := f.walkGET(t, path); len(items) != tt.all || len(shown) != tt.shown {
			t.Errorf("%s: %d of %d are shown", path, len(shown), len(items))
		}
		for _, item := range items {
			if !strings.Contains(textAt(t, item, "id"), tt.ends) {
				t.Errorf("%s lists %s", path, item)
			}
		}
	}

	versions := testDT + "/" + name + "/versions/"
	if g := f.delete(t, versions+"2?"+templateAPI); g.status != http.StatusNoContent {
		t.Errorf("status %d", g.status)
	}
	if g := f.get(t, versions+"2?"+templateAPI); g.status != http.StatusNotFound {
		t.Errorf("afterwards: status %d", g.status)
	}
	if left := f.walkGET(t, testDT+"?listViewType=All&"+templateAPI); len(left) != 29 {
		t.Errorf("%d are left", len(left))
	}
}

func TestAHubNamesItsProjectsAndAProjectItsAgents(t *testing.T) {
	account := mlAccount()
	account.ML.Projects = 1
	f := startML(t, Options{Account: account})
	hub, project := f.get(t, testML+mlAPI).body, f.get(t, testML1+mlAPI).body
	if textAt(t, hub, "kind") != "Hub" || textAt(t, project, "kind") != "Project" {
		t.Errorf("kinds of %s and %s", hub, project)
	}
	if projects, _ := member(t, hub, "properties/associatedWorkspaces").([]any); len(projects) != 1 || projects[0] != testML1 {
		t.Errorf("projects %v", projects)
	}
	if at := textAt(t, project, "properties/agentsEndpointUri"); at != f.url+"/agents/v1.0"+testML1 || textAt(t, project, "properties/hubResourceId") != testML {
		t.Errorf("agents at %s", at)
	}
}
