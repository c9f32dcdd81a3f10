package simulation_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// fullAccount has something for every row of the catalogue.
func fullAccount() fake.Account {
	account := smallAccount()
	account.Manifests, account.Services, account.Images = 3, 2, 1
	account.MachineLearningWorkspaces, account.Computes, account.Clusters = 1, 4, 2
	account.Experiments, account.Metrics, account.Assets, account.Jobs = 3, 5, 1, 3
	return account
}

const fullRequest = `{"schemaVersion":"1.0","id":"request-1","kind":"export",
 "subject":{"objectId":"11111111-2222-3333-4444-555555555555","userPrincipalName":"ada@example.org"},
 "scope":[{"subscriptionId":"sub-1","resourceGroup":"group-1","location":"eastus2",
  "experimentationAccount":"team","modelManagementAccount":"models",
  "machineLearningWorkspaces":["ml-00"],"registries":["*"],"operationalizationClusters":true}]}`

func TestARequestBecomesAClosedExport(t *testing.T) {
	simulateFull(t, fullRequest, func(t *testing.T, sim *simulation) {
		got := sim.outcome()
		if got.Status != dsr.StatusSucceeded {
			t.Errorf("status %s, failures %v", got.Status, got.Failures)
		}

		want := map[string]int64{
			"E01": 1, "E02": 1, "E03": 1, "E04": 2, "E05": 3, "E06": 1, "E07": 2, "E08": 1, "E09": 1, "E10": 2, "E11": 4,
			"E12": 1, "E13": 2, "E14": 2, "E15": 2, "E16": 3, "E17": 3, "E18": 3, "E19": 6, "E20": 9, "E21": 1, "E22": 6,
			"E23": 9, "E24": 6, "E25": 1, "E26": 2, "E27": 1, "E28": 1, "E29": 1,
		}

		if all := len(azureml.Catalogue()); len(got.Totals) != all {
			t.Errorf("totals of %d rows, want %d", len(got.Totals), all)
		}

		for endpoint, n := range want {
			if c := got.Totals[endpoint]; c.Documents != n || c.Calls != n || c.Bytes == 0 {
				t.Errorf("%s: %+v, want %d calls and documents", endpoint, c, n)
			}
		}

		expires := "_expires/" + time.Now().AddDate(0, 0, 30).Format(time.DateOnly) + "~request-1~1"
		closed := attempt1.Closed(sim.manifest().ClosedAt)
		if index := sim.names(sim.index, ""); !slices.Equal(index, []string{closed, expires}) {
			t.Errorf("index %v, want only %s and %s", index, closed, expires)
		}
	})
}

// secret is a value of the fake that no stored blob may hold.
var secret = regexp.MustCompile(`fake-secret-|[?&]sig=[^\[]|eyJ0eXAi`)

func TestEveryDocumentIsStoredByteForByteWithoutItsSecrets(t *testing.T) {
	simulateFull(t, fullRequest, func(t *testing.T, sim *simulation) {
		got := storedDocuments(t, sim)
		for path, document := range sim.upstream.Documents() {
			want := regexp.MustCompile(`"(fake-secret-|eyJ0eXAi)[^"]*"`).ReplaceAllString(string(document), `"[masked]"`)
			want = regexp.MustCompile(`([?&]sig=)[^"&]*`).ReplaceAllString(want, `${1}[masked]`)
			key := plain(t, path)
			if got[key] != want {
				t.Errorf("%s\nstored   %s\nupstream %s", path, got[key], want)
			}
			delete(got, key)
		}

		for path := range got {
			t.Errorf("stored, and no document of the upstream: %s", path)
		}

		for _, name := range sim.names(sim.exports, "") {
			if found := secret.Find(readBlob(t, sim.exports, name)); found != nil && !strings.Contains(name, "/content/") {
				t.Errorf("%s holds %s…", name, found)
			}
		}
	})
}

func TestComputesAndClustersHaveTheirOwnPlaces(t *testing.T) {
	simulateFull(t, fullRequest, func(t *testing.T, sim *simulation) {
		for _, name := range []string{
			"request-1/1/data/computes/sub-1/group-1/ml-00/page-1-000001.json",
			"request-1/1/data/operationalization-clusters/sub-1/group-1/page-1-000001.json",
		} {
			if len(sim.names(sim.exports, name)) != 1 {
				t.Errorf("no %s", name)
			}
		}
	})
}

func TestWithoutAnObjectIDNotificationsAreNotAskedFor(t *testing.T) {
	request := strings.Replace(fullRequest, `"objectId":"11111111-2222-3333-4444-555555555555",`, "", 1)
	simulateFull(t, request, func(t *testing.T, sim *simulation) {
		got := sim.outcome()
		c, listed := got.Totals["E26"]
		if got.Status != dsr.StatusSucceeded || c != (dsr.Counts{}) || !listed || sim.served("E26") != 0 {
			t.Errorf("status %s, E26 %+v, %d calls: want zeros and no call", got.Status, c, sim.served("E26"))
		}
		said := fmt.Sprint(sim.manifestOf(attempt1).NotCovered)
		if !strings.Contains(said, "{E26 notApplicable}") || strings.Contains(said, "notInScope") {
			t.Errorf("not covered: %s", said)
		}
	})
}

func TestAMisspeltMachineLearningWorkspaceIsAFailure(t *testing.T) {
	request := strings.Replace(fullRequest, `["ml-00"]`, `["ml-00","ml-99"]`, 1)
	simulateFull(t, request, func(t *testing.T, sim *simulation) {
		got := sim.outcome()
		if got.Status != dsr.StatusPartiallyFailed || got.Totals["E11"].Documents != 4 {
			t.Errorf("status %s, E11 %+v", got.Status, got.Totals["E11"])
		}
		checkFailures(t, sim, []string{"W03 TargetNotFound"})
	})
}

// simulateFull runs a request on the full account until it is closed.
func simulateFull(t *testing.T, request string, check func(*testing.T, *simulation)) {
	t.Helper()
	simulateAccount(t, fullAccount(), 2, func(t *testing.T, sim *simulation) {
		sim.submit(request)
		sim.run(time.Hour)
		check(t, sim)
	})
}

// storedDocuments returns the documents of all parts by the path and query that they
// were read by, without the answers of lists.
func storedDocuments(t *testing.T, sim *simulation) map[string]string {
	t.Helper()
	lists := map[string]bool{}
	for _, e := range azureml.Catalogue() {
		lists[e.ID] = e.IsList()
	}

	out := map[string]string{}
	for _, name := range sim.names(sim.exports, "request-1/1/data/") {
		if strings.Contains(name, "/content/") {
			continue
		}
		for _, e := range decode[[]storedEntry](t, readBlob(t, sim.exports, name)) {
			if !lists[e.Endpoint] {
				out[plain(t, e.URL)] = string(e.Document)
			}
		}
	}

	return out
}

func plain(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path + "?" + u.RawQuery
}
