package azureml

import (
	"net/http"
	"slices"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

// deletionCall returns the call of a row of the deletions.
func deletionCall(t testing.TB, id string) Call {
	t.Helper()
	rows := DeleteOperations()
	i := slices.IndexFunc(rows, func(d DeleteOperation) bool { return d.ID == id })
	if i < 0 {
		t.Fatalf("no row %s", id)
	}

	call := Call{Operation: row(t, rows[i].Reads), Target: target(rows[i].Level)}

	if !rows[i].Container {
		call.Item = "item-1"
	}
	if call.Operation.Shape == ItemEntry {
		call.Entry = "3"
	}

	return call
}

// URLs and api-versions as the reference states them, written out in full.
func TestDeletionsAreThoseOfTheReference(t *testing.T) {
	const (
		arm  = "https://management.azure.com/subscriptions/sub/resourceGroups/rg/providers/"
		ea   = arm + "Microsoft.MachineLearningExperimentation/accounts/acc"
		mm   = "https://eastus2.modelmanagement.azureml.net/api/subscriptions/sub/resourceGroups/rg/accounts/acc"
		v09  = "?api-version=2017-09-01-preview"
		v05  = "?api-version=2017-05-01-preview"
		this = "Microsoft.MachineLearningModelManagement/accounts/acc"
		ml   = arm + "Microsoft.MachineLearningServices/workspaces/ws"
		reg  = arm + "Microsoft.MachineLearningServices/registries/named"
		api  = "https://eastus2.api.azureml.ms"
		of   = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws"
		ga   = "?api-version=2026-09-01"
		ag   = api + "/agents/v1.0" + of
		agv  = "?api-version=2025-05-15-preview"
		dt   = api + "/genericasset/v2.0/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/registries/named/deploymenttemplates"
		ws   = dsr.MachineLearningWorkspace
	)

	want := []struct {
		id, typ   string
		level     dsr.Level
		container bool
		url       string
	}{
		{"D01", "hosting-account", dsr.HostingAccount, true, arm + this + v09},
		{"D02", "models", dsr.HostingAccount, false, mm + "/models/item-1" + v09},
		{"D03", "manifests", dsr.HostingAccount, false, mm + "/manifests/item-1" + v09},
		{"D04", "services", dsr.HostingAccount, false, mm + "/services/item-1" + v09},
		{"D05", "images", dsr.HostingAccount, false, mm + "/images/item-1" + v09},
		{"D06", "projects", dsr.Project, true, ea + "/workspaces/ws/projects/pr" + v05},
		{"D07", "workspaces", dsr.Workspace, true, ea + "/workspaces/ws" + v05},
		{"D08", "experimentation-account", dsr.ExperimentationAccount, true, ea + v05},

		{"DW31", "ml-schedules", ws, false, ml + "/schedules/item-1" + ga},
		{"DW35", "ml-online-deployments", ws, false, ml + "/onlineEndpoints/item-1/deployments/3" + ga},
		{"DW39", "ml-batch-deployments", ws, false, ml + "/batchEndpoints/item-1/deployments/3" + ga},
		{"DW33", "ml-online-endpoints", ws, false, ml + "/onlineEndpoints/item-1" + ga},
		{"DW37", "ml-batch-endpoints", ws, false, ml + "/batchEndpoints/item-1" + ga},
		{"DW41", "ml-serverless-endpoints", ws, false, ml + "/serverlessEndpoints/item-1" + ga},
		{"DW41m", "ml-marketplace-subscriptions", ws, false, ml + "/marketplaceSubscriptions/item-1" + ga},
		{"DW29", "ml-jobs", ws, false, ml + "/jobs/item-1" + ga},
		{"DW53", "ml-runs", dsr.MachineLearningExperiment, false, ml + "/jobs/item-1" + ga},
		{"DW56", "ml-run-metrics", dsr.MachineLearningExperiment, false, api + "/metric/v2.0" + of + "/runs/item-1/deleteMetrics"},
		{"DW59", "ml-artifacts", dsr.MachineLearningExperiment, false, api + "/artifact/v2.0" + of + "/artifacts/ExperimentRun/dcid.item-1/batch?hardDelete=true"},
		{"DW51", "ml-experiments", ws, false, api + "/history/v1.0" + of + "/experimentids/item-1"},
		{"DW11", "ml-data-versions", ws, false, ml + "/data/item-1/versions/3" + ga},
		{"DW15", "ml-model-versions", ws, false, ml + "/models/item-1/versions/3" + ga},
		{"DW19", "ml-environment-versions", ws, false, ml + "/environments/item-1/versions/3" + ga},
		{"DW23", "ml-component-versions", ws, false, ml + "/components/item-1/versions/3" + ga},
		{"DW27", "ml-code-versions", ws, false, ml + "/codes/item-1/versions/3" + ga},
		{"DW45v", "ml-featureset-versions", dsr.FeatureSet, false, ml + "/featuresets/named/versions/item-1" + ga},
		{"DW47v", "ml-featurestore-entity-versions", ws, false, ml + "/featurestoreEntities/item-1/versions/3" + ga},
		{"DW09", "ml-data", ws, false, ml + "/data/item-1" + ga},
		{"DW13", "ml-models", ws, false, ml + "/models/item-1" + ga},
		{"DW17", "ml-environments", ws, false, ml + "/environments/item-1" + ga},
		{"DW21", "ml-components", ws, false, ml + "/components/item-1" + ga},
		{"DW25", "ml-codes", ws, false, ml + "/codes/item-1" + ga},
		{"DW45", "ml-featuresets", ws, false, ml + "/featuresets/item-1" + ga},
		{"DW47", "ml-featurestore-entities", ws, false, ml + "/featurestoreEntities/item-1" + ga},
		{"DW49", "ml-labeling-jobs", ws, false, ml + "/labelingJobs/item-1?api-version=2024-01-01-preview"},
		{"DW43", "ml-connections", ws, false, ml + "/connections/item-1" + ga},
		{"DW07", "ml-datastores", ws, false, ml + "/datastores/item-1" + ga},
		{"DW63i", "ml-assets", ws, false, api + "/modelregistry/v1.0" + of + "/assets/item-1"},
		{"DW68i", "ml-agent-threads", ws, false, ag + "/threads/item-1" + agv},
		{"DW71i", "ml-agents", ws, false, ag + "/assistants/item-1" + agv},
		{"DW73i", "ml-agent-vector-stores", ws, false, ag + "/vector_stores/item-1" + agv},
		{"DW72i", "ml-agent-files", ws, false, ag + "/files/item-1" + agv},
		{"DW05", "ml-computes", ws, false, ml + "/computes/item-1" + ga + "&underlyingResourceAction=Delete"},
		{"DW03", "ml-workspaces", ws, true, ml + ga + "&forceToPurge=true"},
		{"DW66d", "ml-registry-data-versions", dsr.Registry, false, reg + "/data/item-1/versions/3" + ga},
		{"DW66h", "ml-registry-model-versions", dsr.Registry, false, reg + "/models/item-1/versions/3" + ga},
		{"DW66l", "ml-registry-environment-versions", dsr.Registry, false, reg + "/environments/item-1/versions/3" + ga},
		{"DW66p", "ml-registry-component-versions", dsr.Registry, false, reg + "/components/item-1/versions/3" + ga},
		{"DW66t", "ml-registry-code-versions", dsr.Registry, false, reg + "/codes/item-1/versions/3" + ga},
		{"DW78i", "ml-registry-template-versions", dsr.Registry, false, dt + "/item-1/versions/3?api-version=2024-04-01-preview"},
		{"DW66b", "ml-registry-data", dsr.Registry, false, reg + "/data/item-1" + ga},
		{"DW66f", "ml-registry-models", dsr.Registry, false, reg + "/models/item-1" + ga},
		{"DW66j", "ml-registry-environments", dsr.Registry, false, reg + "/environments/item-1" + ga},
		{"DW66n", "ml-registry-components", dsr.Registry, false, reg + "/components/item-1" + ga},
		{"DW66r", "ml-registry-codes", dsr.Registry, false, reg + "/codes/item-1" + ga},
		{"DW65", "ml-registries", dsr.Registry, true, reg + ga},
	}

	rows := DeleteOperations()
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}

	for i, w := range want {
		d := rows[i]
		if d.ID != w.id || d.Type != w.typ || d.Level != w.level || d.Container != w.container {
			t.Errorf("got %+v, want %+v", d, w)
		}

		transport := upstreamtest.Answers(204)
		deleted, err := newClient(t, transport).Delete(t.Context(), deletionCall(t, w.id))
		if err != nil {
			t.Fatal(err)
		}

		sent := transport.Requests()
		if len(sent) != 1 || sent[0].Method != http.MethodDelete || sent[0].URL.String() != w.url || deleted.URL != w.url {
			t.Errorf("%s: sent %v, says %s, want %s", w.id, sent, deleted.URL, w.url)
		}
	}
}

func TestDeletionsAreNoPartOfTheCatalogue(t *testing.T) {
	for _, d := range DeleteOperations() {
		if _, ok := Find(d.ID); ok {
			t.Errorf("%s is in the catalogue", d.ID)
		}
	}
}

func TestWhatCouldDeleteMoreThanIsMeantIsRefused(t *testing.T) {
	tests := []struct {
		name   string
		id     string
		change func(*Call)
	}{
		{"a list", "D02", func(c *Call) { c.Operation = row(t, "E02") }},
		{"a row that nothing deletes", "D02", func(c *Call) { c.Operation = row(t, "E16") }},
		{"a list that discovers", "D08", func(c *Call) { c.Operation = row(t, DiscoverWorkspaces) }},
		{"no row", "D02", func(c *Call) { c.Operation = Operation{} }},
		{"a row of deletions", "D02", func(c *Call) { c.Operation.ID = "D02" }},
		{"a model without a name", "D02", func(c *Call) { c.Item = "" }},
		{"the account in the place of a model", "D01", func(c *Call) { c.Item = "model-1" }},
		{"the workspace in the place of a project", "D07", func(c *Call) { c.Target.Level = dsr.Project }},
		{"the account in the place of a workspace", "D08", func(c *Call) { c.Target.Level = dsr.Workspace }},
		{"a target without a level", "D06", func(c *Call) { c.Target.Level = dsr.LevelNone }},
		{"a model named dot", "D02", func(c *Call) { c.Item = "." }},
		{"a model named two dots", "D02", func(c *Call) { c.Item = ".." }},
		{"a model that climbs", "D02", func(c *Call) { c.Item = "a/../.." }},
		{"a model that climbs by backslashes", "D02", func(c *Call) { c.Item = `a\..\..\x` }},
		{"a model that is a slash", "D02", func(c *Call) { c.Item = "/" }},
		{"a project that climbs", "D06", func(c *Call) { c.Target.Project = ".." }},
		{"a workspace that climbs", "D07", func(c *Call) { c.Target.Workspace = "." }},
		{"a project without a name", "D06", func(c *Call) { c.Target.Project = "" }},
		{"a location that is none", "D02", func(c *Call) { c.Target.Location = "evil.example.com/" }},
		{"a cursor", "D02", func(c *Call) { c.Cursor = "token:x" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			transport := upstreamtest.Answers(204)
			c := newClient(t, transport)
			call := deletionCall(t, tt.id)
			tt.change(&call)

			if got, err := c.Delete(t.Context(), call); dsr.ClassOf(err) != dsr.Permanent || got != (Deleted{}) {
				t.Errorf("got %+v, %v", got, err)
			}
			if _, _, err := c.Await(t.Context(), call, asyncToken(armURL)); dsr.ClassOf(err) != dsr.Permanent {
				t.Errorf("waiting for it: %v", err)
			}
			if n := len(transport.Requests()); n != 0 {
				t.Errorf("%d requests left", n)
			}
		})
	}
}

func TestNamesThatOnlyLookOddAreDeleted(t *testing.T) {
	for _, item := range []string{"mnist:1", "...", "a..b", ".hidden", "a/b", "Ünï", "%2e%2e"} {
		call := deletionCall(t, "D02")
		call.Item = item
		if _, err := newClient(t, upstreamtest.Answers(204)).Delete(t.Context(), call); err != nil {
			t.Errorf("%q: %v", item, err)
		}
	}
}

func TestADeletionUsesTheCataloguesOwnRow(t *testing.T) {
	call := deletionCall(t, "D02")
	call.Operation.Path = modelManagement + "/models"
	transport := upstreamtest.Answers(204)
	if _, err := newClient(t, transport).Delete(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	if got := transport.Requests()[0].URL.Path; got != "/api/subscriptions/sub/resourceGroups/rg/accounts/acc/models/item-1" {
		t.Errorf("deleted %s", got)
	}
}
