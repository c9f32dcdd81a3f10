package dsr_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
)

func place(subscription string) dsr.Scope { return dsr.Scope{SubscriptionID: subscription} }

// TestARecordKeepsTheScopeAsItWasSent records requests whose scope has names, and restores
// what their senders wrote and where each place is written.
func TestARecordKeepsTheScopeAsItWasSent(t *testing.T) {
	for name, c := range map[string]struct {
		scope []dsr.Scope
		named []dsr.NamedScope
		sent  string
		paths []string
	}{
		"places alone": {
			scope: []dsr.Scope{place("a"), place("b")},
			sent:  `[{"subscriptionId":"a"},{"subscriptionId":"b"}]`,
			paths: []string{"/scope/0", "/scope/1"},
		},
		"a name of several places": {
			scope: []dsr.Scope{place("a"), place("b")},
			named: []dsr.NamedScope{{Name: "all", Entries: 2}},
			sent:  `["all"]`,
			paths: []string{"DSR_SCOPES/all/0", "DSR_SCOPES/all/1"},
		},
		"names among places": {
			scope: []dsr.Scope{place("a"), place("b"), place("c"), place("d"), place("e")},
			named: []dsr.NamedScope{
				{Name: "two", First: 1, Entries: 2},
				{Name: "one", First: 3, Entries: 1},
			},
			sent:  `[{"subscriptionId":"a"},"two","one",{"subscriptionId":"e"}]`,
			paths: []string{"/scope/0", "DSR_SCOPES/two/0", "DSR_SCOPES/two/1", "DSR_SCOPES/one/0", "/scope/3"},
		},
		"the default one": {
			scope: []dsr.Scope{place("a")},
			named: []dsr.NamedScope{{Name: "all", Entries: 1, Default: true}},
			sent:  "",
			paths: []string{"DSR_SCOPES/all/0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := dsr.Request{SchemaVersion: "1.0", ID: "r", Kind: dsr.KindExport, Scope: c.scope, NamedScopes: c.named}
			body, err := r.Sent()
			if err != nil {
				t.Fatal(err)
			}
			var sent map[string]json.RawMessage
			if err := json.Unmarshal(body, &sent); err != nil {
				t.Fatal(err)
			}
			if string(sent["scope"]) != c.sent || strings.Contains(string(body), "namedScopes") {
				t.Errorf("sent %s, want the scope %s", body, c.sent)
			}

			var paths []string
			for i := range r.Scope {
				paths = append(paths, r.ScopePath(i))
			}
			if diff := cmp.Diff(c.paths, paths); diff != "" {
				t.Errorf("paths (-want +got):\n%s", diff)
			}
		})
	}
}

func TestADamagedRecordOfNamesEnds(t *testing.T) {
	for _, named := range [][]dsr.NamedScope{
		{{Name: "none"}},
		{{Name: "beyond", First: 7, Entries: 2}},
		{{Name: "before", First: -1, Entries: -4}},
		{{Name: "long", Entries: 1 << 40}},
	} {
		r := dsr.Request{Scope: []dsr.Scope{place("a"), place("b")}, NamedScopes: named}
		if got := len(r.SentScope()); got > 2 {
			t.Errorf("%+v: %d entries", named, got)
		}
	}
}
