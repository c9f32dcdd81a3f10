package fakeml

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestMLDocumentsAreExactlyWhatIsServed(t *testing.T) {
	f := startML(t, Options{})
	counts := make(map[string]int)
	for path, want := range f.Documents() {
		row := rowOf(t, f.Server, path)
		if strings.HasPrefix(row, "E") {
			continue
		}
		if counts[row]++; counts[row] > 20 {
			continue // more of the same
		}
		if g := f.get(t, path); g.status != http.StatusOK || !bytes.Equal(g.body, want) || !json.Valid(want) {
			t.Fatalf("%s: status %d, body %s, want %s", path, g.status, g.body, want)
		}
	}

	// Two workspaces and two registries. Of 18 root runs 9 are pipelines with three
	// children and two grandchildren.
	const runs = 2 * (18 + 9*5)
	want := map[string]int{
		"W03": 2, "W05": 18, "W07": 4, "W09": 12, "W11": 60, "W13": 12, "W15": 60, "W17": 12, "W19": 60, "W21": 12, "W23": 60, "W25": 12, "W27": 60,
		"W29": 36, "W31": 12, "W33": 4, "W35": 8, "W37": 4, "W39": 8, "W41": 4, "W41m": 4, "W43": 4, "W45": 12, "W45v": 60, "W45f": 360, "W47": 12, "W47v": 60,
		"W49": 4, "W51": 4, "W53": runs, "W55": runs, "W60": 5 * runs, "W62i": 60, "W63i": 6, "W65": 2,
		"W66b": 12, "W66d": 60, "W66f": 12, "W66h": 60, "W66j": 12, "W66l": 60, "W66n": 12, "W66p": 60, "W66r": 12, "W66t": 60, "W67i": 4, "W67q": 4, "W67d": 4,
		"W68i": 12, "W71i": 4, "W72i": 4, "W73i": 12, "W74i": 12, "W75i": 12, "W76i": 60, "W77i": 60, "W78i": 60,
	}
	for row, n := range want {
		if counts[row] != n {
			t.Errorf("%s: %d documents, want %d", row, counts[row], n)
		}
		delete(counts, row)
	}

	if len(counts) > 0 {
		t.Errorf("besides %v", counts)
	}
}

func TestWorkspacesOfAnAccountWithoutMLAreThereAndEmpty(t *testing.T) {
	f := startFake(t, Options{})
	for _, path := range []string{testML + "/jobs" + mlAPI, testMR + "/models", testDC + "/datacontainer"} {
		if g := f.get(t, path); g.status != http.StatusOK || !bytes.Contains(g.body, []byte("[]")) {
			t.Errorf("%s: status %d, %s", path, g.status, g.body)
		}
	}
	if g := f.get(t, testML+mlAPI); g.status != http.StatusOK {
		t.Errorf("the workspace: status %d", g.status)
	}
	if g := f.get(t, testReg+mlAPI); g.status != http.StatusNotFound {
		t.Errorf("a registry: status %d", g.status)
	}
}

func TestEveryARMListHasTheDocumentsOfItsItems(t *testing.T) {
	f := startML(t, Options{PageSize: 4})
	for i := range mlResources {
		r := &mlResources[i]
		t.Run(r.list, func(t *testing.T) {
			version := mlAPI
			if r.segment == "labelingJobs" {
				version = labelingAPI
			}

			k, _ := f.account.kind(r.variable)
			items := f.walkGET(t, f.account.fill(r.path(), place{})+version+"&listViewType=All")
			if len(items) != k.count || k.count == 0 {
				t.Fatalf("%d items, want %d", len(items), k.count)
			}

			for n, item := range items {
				var at place
				k.put(&at, n)
				path := f.account.fill(r.path()+"/{"+r.variable+"}", at) + version
				if g := f.get(t, path); !bytes.Equal(g.body, item) {
					t.Errorf("%s is %s, listed as %s", path, g.body, item)
				}
				if at := member(t, item, "systemData/createdAt"); at == nil || member(t, item, "id") == nil || member(t, item, "properties") == nil {
					t.Errorf("members are missing in %s", item)
				}
			}

			if served := f.endpointsServed(); served[len(served)-2] != r.list || served[len(served)-1] != r.item {
				t.Errorf("served as %v", served[len(served)-2:])
			}
		})
	}
}

func TestMLSecretsStandWhereTheDescriptionsHaveThem(t *testing.T) {
	f := startML(t, Options{})
	for path, fields := range map[string][]string{
		testML + mlAPI:                 {"properties/sdkTelemetryAppInsightsKey"},
		f.jobPath(0, 1):                {"properties/environmentVariables/TOKEN", "properties/properties/mlflow.source.git.repoURL"},
		f.mlRunPath(0, 1):              {"token", "properties/azureml.git.repository_uri"},
		f.mlRunPath(0, 1) + "/details": {"runDefinition/environment/environmentVariables/TOKEN", "jobSpecification/environmentVariables/TOKEN"},
		testML + "/computes/" + f.account.MLResourceName("W05", 0, 0) + mlAPI:                                                                     {},
		testML + "/computes/" + f.account.MLResourceName("W05", 0, 1) + mlAPI:                                                                     {"properties/properties/userAccountCredentials/adminUserPassword"},
		testML + "/computes/" + f.account.MLResourceName("W05", 0, 3) + mlAPI:                                                                     {"properties/properties/administratorAccount/password", "properties/properties/administratorAccount/privateKeyData"},
		testML + "/computes/" + f.account.MLResourceName("W05", 0, 5) + mlAPI:                                                                     {"properties/properties/databricksAccessToken"},
		testML + "/computes/" + f.account.MLResourceName("W05", 0, 7) + mlAPI:                                                                     {"properties/properties/sslConfiguration/key", "properties/properties/sslConfiguration/cert"},
		testML + "/connections/" + f.account.MLResourceName("W43", 0, 1) + mlAPI:                                                                  {"properties/credentials/password"},
		testML + "/datastores/" + f.account.MLResourceName("W07", 0, 1) + mlAPI:                                                                   {"properties/credentials/secrets/key"},
		testML + "/schedules/" + f.account.MLResourceName("W31", 0, 1) + mlAPI:                                                                    {"properties/action/jobDefinition/environmentVariables/TOKEN"},
		testML + "/onlineEndpoints/" + f.account.MLResourceName("W33", 0, 1) + "/deployments/" + f.account.MLResourceName("W35", 0, 1, 1) + mlAPI: {"properties/environmentVariables/API_KEY"},
		testML + "/codes/" + f.account.MLResourceName("W25", 0, 0) + "/versions/1" + mlAPI:                                                        {"properties/codeUri", "properties/blobUri"},
		testReg + "/models/" + f.account.MLResourceName("W66f", 0, 2) + "/versions/3" + mlAPI:                                                     {"properties/modelUri"},
	} {
		g := f.get(t, path)
		if g.status != http.StatusOK || countMarks(g.body) == 0 {
			t.Errorf("%s: status %d, no secret in %s", path, g.status, g.body)
		}

		for _, name := range fields {
			if value, _ := member(t, g.body, name).(string); !strings.Contains(value, secretMark) {
				t.Errorf("%s: %s is %q", path, name, value)
			}
		}
	}
}
