package fakeml

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatIsArchivedIsHiddenUnlessAskedFor(t *testing.T) {
	account := mlAccount()
	account.ML.Experiments, account.ML.RunsPerExperiment = 10, 1
	f := startML(t, Options{Account: account, PageSize: 3})
	for i := range mlResources {
		r := &mlResources[i]
		if r.inRegistry() || r.segment == "labelingJobs" {
			continue
		}

		k, _ := f.account.kind(r.variable)
		want := k.count
		if r.archives {
			want -= k.count / 5
		}
		if items := f.walkGET(t, f.account.fill(r.path(), place{})+mlAPI); len(items) != want {
			t.Errorf("%s: %d items, want %d of %d", r.list, len(items), want, k.count)
		}
	}

	for body, want := range map[string]int{`{"continuationToken":%s}`: 8, `{"viewType":"ActiveOnly","continuationToken":%s}`: 8, experimentsBody: 10} {
		if items := f.walkPOST(t, testRH+"/experiments:query", body); len(items) != want {
			t.Errorf("%s: %d experiments", body, len(items))
		}
	}
}

func TestARegisteredModelIsArchivedAsItsVersionIs(t *testing.T) {
	account := mlAccount()
	account.ML.Versions = 7
	f := startML(t, Options{Account: account})
	for _, item := range f.walkGET(t, testMR+"/models") {
		name, _, _ := strings.Cut(textAt(t, item, "id"), ":")
		version, _ := member(t, item, "version").(float64)
		arm := f.get(t, fmt.Sprintf("%s/models/%s/versions/%.0f%s", testML, name, version, mlAPI)).body
		if hidden, _ := member(t, arm, "properties/isArchived").(bool); hidden || version == 5 {
			t.Errorf("listed is %s, the version is %s", item, arm)
		}
	}

	if all, shown := f.walkGET(t, testMR+"/models?listViewType=All"), f.walkGET(t, testMR+"/models"); len(all) != 42 || len(shown) != 36 {
		t.Errorf("%d of %d are shown", len(shown), len(all))
	}
}
