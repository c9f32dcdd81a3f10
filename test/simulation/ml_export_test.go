package simulation_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// mlAccount has something for every row of the second generation, and nothing of
// the first.
func mlAccount() fake.Account {
	return fake.Account{
		Seed:                      7,
		SubscriptionID:            "sub-1",
		ResourceGroup:             "group-1",
		Location:                  "eastus2",
		MachineLearningWorkspaces: 1,
		SubjectObjectID:           "11111111-2222-3333-4444-555555555555",
		ML: fake.ML{
			Experiments:        2,
			RunsPerExperiment:  3,
			ChildRuns:          2,
			ArtifactsPerRun:    3,
			Metrics:            3,
			Computes:           4,
			Datastores:         1,
			Data:               2,
			Models:             2,
			Environments:       1,
			Components:         1,
			Codes:              1,
			Versions:           3,
			Schedules:          1,
			Serverless:         1,
			Marketplace:        1,
			Connections:        2,
			LabelingJobs:       1,
			Assets:             1,
			Datasets:           1,
			OnlineEndpoints:    1,
			BatchEndpoints:     1,
			Deployments:        2,
			Featuresets:        1,
			FeaturesPerVersion: 3,
			Entities:           1,
			OutboundRules:      1,
			PrivateEndpoints:   1,
			CapabilityHosts:    1,
			Registries:         1,

			Threads:             5,
			Messages:            3,
			AgentRuns:           2,
			Steps:               3,
			Agents:              2,
			AgentFiles:          2,
			VectorStores:        3,
			StoreFiles:          3,
			Evaluations:         2,
			EvaluationSchedules: 1,
			Indexes:             1,
			Prompts:             1,
			Templates:           2,
		},
	}
}

// withChildrenInQuery is mlAccount where the query for runs names their children too.
func withChildrenInQuery() fake.Account {
	account := mlAccount()
	account.ML.ChildrenInQuery = true
	return account
}

// mlRequest asks for all types of the second generation.
func mlRequest() string {
	var types []string
	for _, r := range azureml.Resources() {
		if strings.HasPrefix(r.Type, "ml-") {
			types = append(types, `"`+r.Type+`"`)
		}
	}

	return `{"schemaVersion":"1.0","id":"request-1","kind":"export",
 "subject":{"objectId":"11111111-2222-3333-4444-555555555555","userPrincipalName":"dana@contoso.example"},
 "scope":[{"subscriptionId":"sub-1","resourceGroup":"group-1","machineLearningWorkspaces":["*"],"registries":["*"]}],
 "resourceTypes":[` + strings.Join(types, ",") + `]}`
}

// simulateML runs a request for all types of the second generation until it is closed, and
// then the checks.
func simulateML(t *testing.T, account fake.Account, check func(*testing.T, *simulation)) {
	t.Helper()
	simulateAccount(t, account, 2, func(t *testing.T, sim *simulation) {
		sim.submit(mlRequest())
		sim.run(time.Hour)
		check(t, sim)
	})
}

func TestAWorkspaceOfTodayIsExportedWhole(t *testing.T) {
	simulateML(t, mlAccount(), func(t *testing.T, sim *simulation) {
		got := sim.outcome()
		if got.Status != dsr.StatusSucceeded {
			t.Errorf("status %s, failures %v", got.Status, got.Failures)
		}

		// Of six root runs, three to an experiment, the first, third and fifth are
		// pipelines of two children, the first of which has two more: 6 + 3·4.
		const runs = 6 + 3*4
		want := map[string]int64{
			"W03": 1, "W05": 4, "W07": 1, "W09": 2, "W11": 6, "W13": 2, "W15": 6, "W17": 1, "W19": 3, "W21": 1, "W23": 3, "W25": 1, "W27": 3,
			"W29": 6, "W31": 1, "W33": 1, "W35": 2, "W37": 1, "W39": 2, "W41": 1, "W41m": 1, "W43": 2, "W45": 1, "W45v": 3, "W45f": 9, "W47": 1, "W47v": 3,
			"W49": 1, "W51": 2, "W53": runs, "W55": runs, "W55d": runs, "W60": 3 * runs, "W62i": 6, "W63i": 1, "W65": 1,
			"W66b": 2, "W66d": 6, "W66f": 2, "W66h": 6, "W66j": 1, "W66l": 3, "W66n": 1, "W66p": 3, "W66r": 1, "W66t": 3, "W67i": 1, "W67q": 1, "W67d": 1,
			"W68i": 5, "W71i": 2, "W72i": 2, "W73i": 3, "W74i": 2, "W75i": 1, "W76i": 3, "W77i": 3, "W78i": 6,
			// Lists of which every answer is kept: one for each item, or page.
			"W58": 2 * runs, "W59": 2 * runs, "W56": 2 * runs, "W54": runs, "W61": runs, "W64": 1,
		}
		for endpoint, n := range want {
			if c := got.Totals[endpoint]; c.Documents != n || c.Calls != n || c.Bytes == 0 {
				t.Errorf("%s: %+v, want %d calls and documents", endpoint, c, n)
			}
		}

		if n := got.Totals["W57"].Documents; n < 3*runs {
			t.Errorf("W57: %d pages of the values of %d metrics", n, 3*runs)
		}

		for _, row := range azureml.Catalogue() {
			if c := got.Totals[row.ID]; strings.HasPrefix(row.ID, "W") != (c.Documents > 0) {
				t.Errorf("%s: %+v", row.ID, c)
			}
		}

		if sim.served("NEVER") > 0 {
			t.Error("a route was called that returns secrets")
		}
	})
}

func TestAWorkspaceMayLackWhatNotEveryKindHas(t *testing.T) {
	for name, tt := range map[string]struct {
		endpoint string
		status   dsr.Status
	}{
		"feature sets": {"W44", dsr.StatusSucceeded}, "capability hosts": {"W67c", dsr.StatusSucceeded},
		"jobs": {"W28", dsr.StatusPartiallyFailed}, "experiments": {"W50", dsr.StatusPartiallyFailed},
	} {
		t.Run(name, func(t *testing.T) {
			simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
				sim.upstream.SetFaults(fake.Fault{Endpoint: tt.endpoint, Status: http.StatusNotFound})
				if got := sim.complete(mlRequest()); got.Status != tt.status || (got.Totals[tt.endpoint].Gone > 0) != (tt.status == dsr.StatusSucceeded) {
					t.Errorf("%s, %s %+v, failures %v", got.Status, tt.endpoint, got.Totals[tt.endpoint], got.Failures)
				}
			})
		})
	}
}

func TestADataPlaneThatCannotBeFoundLeavesARM(t *testing.T) {
	for name, fault := range map[string]fake.Fault{
		"an address elsewhere":  {Endpoint: "DISC", Body: `{"api":"https://evil.example.com"}`},
		"no discovery":          {Endpoint: "DISC", Status: http.StatusNotFound},
		"a discovery elsewhere": {Endpoint: "W03", Body: `{"properties":{"discoveryUrl":"https://evil.example.com/discovery"}}`, Times: 2},
	} {
		t.Run(name, func(t *testing.T) {
			simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
				sim.upstream.SetFaults(fault)
				got := sim.complete(mlRequest())
				if got.Status != dsr.StatusPartiallyFailed || got.Totals["W29"].Documents != 6 || got.Totals["W53"].Documents != 0 {
					t.Errorf("%s, W29 %+v, W53 %+v", got.Status, got.Totals["W29"], got.Totals["W53"])
				}

				for _, f := range got.Failures {
					if !strings.HasPrefix(f, "W03") {
						t.Errorf("failure %+v", f)
					}
				}
			})
		})
	}
}

func TestChildrenThatTheQueryNamesTooAreReadOnce(t *testing.T) {
	simulateML(t, withChildrenInQuery(), func(t *testing.T, sim *simulation) {
		got := sim.outcome()
		if got.Status != dsr.StatusSucceeded {
			t.Fatalf("%s %v", got.Status, got.Failures)
		}

		runs := map[string]bool{}
		for _, d := range sim.upstream.Served() {
			if d.Endpoint == "W53" && d.Status == http.StatusOK {
				runs[d.URL] = true
			}
		}

		if len(runs) != 6+3*4 {
			t.Errorf("%d runs were read", len(runs))
		}
	})
}

func TestEveryDocumentOfTodayIsStoredByteForByteWithoutItsSecrets(t *testing.T) {
	simulateML(t, mlAccount(), func(t *testing.T, sim *simulation) {
		got := storedDocuments(t, sim)
		for path, document := range sim.upstream.Documents() {
			want := masked(string(document))
			key := plain(t, path)
			if masked(got[key]) != want {
				t.Errorf("%s\nstored   %s\nupstream %s", path, got[key], want)
			}
		}

		for _, name := range sim.names(sim.exports, "") {
			if found := secret.Find(readBlob(t, sim.exports, name)); found != nil && !strings.Contains(name, "/content/") {
				t.Errorf("%s holds %s…", name, found)
			}
		}
	})
}

// masked replaces what the fake marks as secret, and what the catalogue masks as a
// whole.
func masked(document string) string {
	document = regexp.MustCompile(`"(fake-secret-|eyJ0eXAi)[^"]*"`).ReplaceAllString(document, `"[masked]"`)
	document = regexp.MustCompile(`([?&]sig=)[^"&]*`).ReplaceAllString(document, `${1}[masked]`)
	document = regexp.MustCompile(`"credentials": ?\{(?:[^{}]|\{[^{}]*\})*\}`).ReplaceAllString(document, `"credentials"`)
	return regexp.MustCompile(`//[^"/@]*@`).ReplaceAllString(document, `//[masked]@`)
}
