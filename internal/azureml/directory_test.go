package azureml

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

// paging answers the pages of a list by POST or GET one after another.
func paging(pages ...string) *upstreamtest.Recorder {
	n := 0
	return upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, pages[min(n, len(pages)-1)])
		n++
	})
}

func childrenOf(t *testing.T, transport *upstreamtest.Recorder, level dsr.Level) ([]string, error) {
	t.Helper()
	place := target(dsr.MachineLearningWorkspace)
	place.Name = ""
	d := NewDirectory(newClient(t, transport))
	d.maxPages = 30
	return d.Children(t.Context(), place, level)
}

func TestChildrenAreReadToTheEnd(t *testing.T) {
	transport := paging(
		`{"value":[{"experimentId":"a"}],"continuationToken":"1","nextLink":"https://evil.example.com"}`,
		`{"value":[],"continuationToken":"2"}`,
		`{"value":[{"experimentId":"b"}],"continuationToken":null}`)
	got, err := childrenOf(t, transport, dsr.MachineLearningExperiment)
	if err != nil || !slices.Equal(got, []string{"a", "b"}) || len(transport.Requests()) != 3 {
		t.Errorf("got %v, %v by %d calls", got, err, len(transport.Requests()))
	}
	got, err = childrenOf(t, paging(`{"value":[{"name":"fs"}]}`), dsr.FeatureSet)
	if err != nil || !slices.Equal(got, []string{"fs"}) {
		t.Errorf("feature sets: %v, %v", got, err)
	}
}

func TestAListThatDoesNotEndIsRefused(t *testing.T) {
	t.Run("the same token twice", func(t *testing.T) {
		transport := paging(`{"value":[{"experimentId":"a"}],"continuationToken":"1"}`)
		got, err := childrenOf(t, transport, dsr.MachineLearningExperiment)
		if upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer); got != nil || len(transport.Requests()) != 2 {
			t.Errorf("got %v by %d calls", got, len(transport.Requests()))
		}
	})

	t.Run("a ring of three tokens", func(t *testing.T) {
		n := 0
		transport := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) {
			n++
			_, _ = fmt.Fprintf(w, `{"value":[],"continuationToken":"%d"}`, n%3)
		})

		_, err := childrenOf(t, transport, dsr.MachineLearningExperiment)
		if upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer); n > 9 {
			t.Errorf("noticed after %d calls", n)
		}
	})

	endless := func(items string) *upstreamtest.Recorder {
		n := 0
		return upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) {
			n++
			_, _ = fmt.Fprintf(w, `{"value":[%s],"continuationToken":"%d"}`, items, n)
		})
	}

	t.Run("ever new tokens and no items", func(t *testing.T) {
		transport := endless("")
		_, err := childrenOf(t, transport, dsr.MachineLearningExperiment)
		upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer)
		if n := len(transport.Requests()); n != 30 {
			t.Errorf("%d calls", n)
		}
	})

	t.Run("ever new tokens and items", func(t *testing.T) {
		transport := endless(strings.TrimSuffix(strings.Repeat(`{"experimentId":"a"},`, 10_000), ","))
		_, err := childrenOf(t, transport, dsr.MachineLearningExperiment)
		upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer)
		if n := len(transport.Requests()); n != maxDiscovered/10_000+1 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestAListThatIsRefusedKeepsItsClass(t *testing.T) {
	_, err := childrenOf(t, upstreamtest.Answers(403), dsr.MachineLearningExperiment)
	upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForbidden)
	_, err = childrenOf(t, paging(`{"value":[{"experimentId":1}]}`), dsr.MachineLearningExperiment)
	upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer)
}

func TestWithinFindsWhatLiesInItsPlace(t *testing.T) {
	const (
		sub = "/subscriptions/sub"
		in  = sub + "/resourceGroups/rg/providers/Microsoft.MachineLearningServices"
		old = sub + "/resourcegroups/RG/providers/microsoft.machinelearningservices"
	)

	list := func(ids ...string) *upstreamtest.Recorder {
		var elements []string
		for _, id := range ids {
			elements = append(elements, `{"id":"`+id+`","name":"x"}`)
		}
		return paging(`{"value":[` + strings.Join(elements, ",") + `]}`)
	}

	group := dsr.Target{Level: dsr.ResourceGroup, SubscriptionID: "sub", ResourceGroup: "rg"}
	whole := dsr.Target{Level: dsr.ResourceGroup, SubscriptionID: "sub"}
	tests := []struct {
		name  string
		place dsr.Target
		level dsr.Level
		ids   []string
		want  []string // names; nil for a list that is refused
	}{
		{"workspaces of a group", group, dsr.MachineLearningWorkspace, []string{in + "/workspaces/a", old + "/workspaces/b"}, []string{"a", "b"}},
		{"workspaces of a subscription", whole, dsr.MachineLearningWorkspace, []string{in + "/workspaces/a", sub + "/resourceGroups/other/providers/Microsoft.MachineLearningServices/workspaces/c"}, []string{"a", "c"}},
		{"registries", group, dsr.Registry, []string{in + "/registries/r"}, []string{"r"}},
		{"none", group, dsr.Registry, nil, []string{}},
		{"of another group", group, dsr.MachineLearningWorkspace, []string{in + "/workspaces/a", sub + "/resourceGroups/rg2/providers/Microsoft.MachineLearningServices/workspaces/c"}, nil},
		{"of another subscription", whole, dsr.MachineLearningWorkspace, []string{"/subscriptions/sub2/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/c"}, nil},
		{"another kind", group, dsr.MachineLearningWorkspace, []string{in + "/registries/r"}, nil},
		{"something inside", group, dsr.MachineLearningWorkspace, []string{in + "/workspaces/a/featuresets/b"}, nil},
		{"the group itself", group, dsr.MachineLearningWorkspace, []string{sub + "/resourceGroups/rg"}, nil},
		{"no id", group, dsr.MachineLearningWorkspace, []string{"a"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			transport := list(tt.ids...)
			found, err := NewDirectory(newClient(t, transport)).Within(t.Context(), tt.place, tt.level)
			if tt.want == nil {
				if upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer); found != nil {
					t.Errorf("got %v beside the error", found)
				}
				return
			}

			names := []string{}
			for _, f := range found {
				names = append(names, f.Workspace+f.Name)
				if f.Level != tt.level || f.API != "" {
					t.Errorf("got %+v", f)
				}
			}

			if err != nil || !slices.Equal(names, tt.want) {
				t.Errorf("got %v, %v, want %v", names, err, tt.want)
			}
		})
	}
}

func TestEachLevelHasARowThatShowsIt(t *testing.T) {
	d := NewDirectory(newClient(t, upstreamtest.Answers(200)))
	for level, want := range map[dsr.Level]string{
		dsr.HostingAccount: "E01", dsr.ExperimentationAccount: "E27", dsr.Workspace: "E28", dsr.Project: "E29",
		dsr.MachineLearningWorkspace: "W03", dsr.MachineLearningExperiment: "W50", dsr.FeatureSet: "W44", dsr.Registry: "W65",
	} {
		if got := d.Row(level); got != want {
			t.Errorf("level %d: %s, want %s", level, got, want)
		}
	}
}

func TestPermissionsAreReadToTheirEnd(t *testing.T) {
	group := dsr.Target{Level: dsr.ResourceGroup, SubscriptionID: "s", ResourceGroup: "r g"}
	for name, c := range map[string]struct {
		next  string // the link of the first page
		roles int
		fails bool
	}{
		"one page":              {"", 1, false},
		"two pages":             {"https://management.azure.com/subscriptions/s/resourcegroups/r%20g/providers/Microsoft.Authorization/permissions?page=2", 2, false},
		"a page elsewhere":      {"https://attacker.example/permissions?page=2", 0, true},
		"a list without an end": {"https://management.azure.com/subscriptions/s/permissions", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			transport := upstreamtest.Serve(func(w http.ResponseWriter, r *http.Request) {
				next := c.next
				if r.URL.Query().Get("page") == "2" {
					next = ""
				}
				_, _ = io.WriteString(w, `{"value":[{"actions":["*/read"],"notActions":[]}],"nextLink":"`+next+`"}`)
			})
			got, err := NewDirectory(newClient(t, transport)).Permissions(t.Context(), group)
			if (err != nil) != c.fails || len(got) != c.roles {
				t.Errorf("%+v, %v", got, err)
			}
			if first := transport.Requests()[0].URL; first.EscapedPath() != "/subscriptions/s/resourcegroups/r%20g/providers/Microsoft.Authorization/permissions" || first.RawQuery != "api-version=2022-04-01" {
				t.Errorf("asked %s", first)
			}
		})
	}
}
