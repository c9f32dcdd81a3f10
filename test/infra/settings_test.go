package infra_test

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	azuremldsr "azureml-dsr"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/telemetry"
)

// ofThePlatform are the settings that the Functions host and its telemetry read.
var ofThePlatform = []string{
	"AzureWebJobsStorage__accountName",
	"AzureWebJobsStorage__credential",
	"AzureWebJobsStorage__clientId",
	"APPLICATIONINSIGHTS_CONNECTION_STRING",
	"APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
}

const aConnectionString = "InstrumentationKey=k;IngestionEndpoint=https://eastus2-3.in.applicationinsights.azure.com/"

// settings returns the app settings for some parameters of worker.bicep.
func settings(t *testing.T, params map[string]any) map[string]string {
	t.Helper()
	f := parse(t, "app/worker.bicep")
	known := map[string]any{
		"insights":            map[string]any{"properties": map[string]any{"ConnectionString": aConnectionString}},
		"hostName":            "sthost",
		"clientId":            "client",
		"namespaceHost":       "sb-dsr.servicebus.windows.net",
		"storageUri":          "https://stdsr.blob.core.windows.net",
		"allowedScopes":       []any{"/subscriptions/s/resourcegroups/research"},
		"deletesEnabled":      false,
		"requireApproval":     true,
		"exportRetentionDays": 30,
		"deliveryDays":        7,
		"watchSchedule":       "0 */15 * * * *",
		"bulkExportSchedule":  "0 0 2 * * *",
		"bulkExportScopes":    "",
		"evidenceKeyId":       "",
		"telemetryMode":       "ApplicationInsights",
		"tracesSampled":       "1",
		"otlpEndpoint":        "",
		"namedScopes":         map[string]any{},
		"appSettings":         map[string]any{},
	}
	maps.Copy(known, params)

	out := map[string]string{}
	for name, value := range (values{t, f, known}).of(body(t, find(t, f, "settings"), "properties")).(map[string]any) {
		out[name] = value.(string)
	}
	return out
}

func TestTheTemplateSetsWhatTheWorkerReads(t *testing.T) {
	all := settings(t, map[string]any{
		"deletesEnabled":      true,
		"requireApproval":     false,
		"exportRetentionDays": 7,
		"bulkExportScopes":    "/subscriptions/s/resourceGroups/a, /subscriptions/s/resourceGroups/b",
		"evidenceKeyId":       "https://v.vault.azure.net/keys/evidence",
		"telemetryMode":       "OpenTelemetry",
		"tracesSampled":       "0.25",
		"otlpEndpoint":        "https://collector.example.org:4318",
		"namedScopes": map[string]any{"research": map[string]any{
			"subscriptionId":            "8d0c7c4a-3f0e-4d7b-9a52-5f6f0d1b2c3e",
			"resourceGroup":             "research",
			"machineLearningWorkspaces": []any{"*"},
		}},
		"appSettings": map[string]any{
			"DSR_DEFAULT_SCOPE": "research",
			"CALLBACK_HOSTS":    "hooks.example.org",
			"DELIVERY_DAYS":     "3",
		},
	})

	read := map[string]bool{}
	s, err := config.Load(func(name string) (string, bool) {
		read[name] = true
		value, ok := all[name]
		return value, ok
	})
	if err != nil {
		t.Fatal(err)
	}

	for name := range all {
		function, isSwitch := strings.CutPrefix(name, "AzureWebJobs.")
		switch {
		case read[name], slices.Contains(ofThePlatform, name), slices.Contains(resolvedByTheHost(t), name):
		case isSwitch && functionNames(t)[strings.TrimSuffix(function, ".Disabled")]:
		default:
			t.Errorf("%s is set and nothing reads it", name)
		}
	}

	if !s.DeletesEnabled || s.RequireApproval || s.Retention != 7*24*time.Hour || s.EvidenceKeyID == "" {
		t.Errorf("the worker understands %+v", s)
	}
	if !slices.Equal(s.Scopes.Names(), []string{"research"}) || s.Delivery != 3*24*time.Hour {
		t.Errorf("the named scopes are %v, a copy is kept for %s", s.Scopes.Names(), s.Delivery)
	}
	if len(s.BulkScopes) != 2 || s.BulkScopes[1].Place.ResourceGroup != "b" || !cmp.Equal(s.BulkScopes[1].Place.MachineLearningWorkspaces, []string{"*"}) {
		t.Errorf("bulk_export asks for %+v", s.BulkScopes)
	}
	wantInsights := telemetry.Insights{
		Endpoint: "https://eastus2-3.in.applicationinsights.azure.com/",
		Key:      "k",
		Identity: true,
		ClientID: "client",
		Audience: "https://monitor.azure.com/",
	}
	if got := s.Telemetry; got.Insights != wantInsights || got.Traces.URL != "https://collector.example.org:4318/v1/traces" ||
		got.Sampler != (telemetry.Sampler{ByParent: true, Ratio: 0.25}) || len(got.Problems) > 0 {
		t.Errorf("the telemetry is %+v", got)
	}
	if want := (config.Connection{Address: "sb-dsr.servicebus.windows.net", ManagedIdentity: true, ClientID: "client"}); s.ServiceBus != want {
		t.Errorf("the namespace is %+v", s.ServiceBus)
	}
	if want := (config.Connection{Address: "https://stdsr.blob.core.windows.net", ManagedIdentity: true, ClientID: "client"}); s.Storage != want {
		t.Errorf("the storage is %+v", s.Storage)
	}
}

func TestTheTemplateByItsDefaultsNeitherDeletesNorExportsBySchedule(t *testing.T) {
	plain := settings(t, nil)
	s, err := config.Load(config.FromMap(plain))
	if err != nil {
		t.Fatal(err)
	}
	if s.DeletesEnabled || !s.RequireApproval || s.BulkScopes != nil || s.EvidenceKeyID != "" {
		t.Errorf("the worker understands %+v", s)
	}
	if s.Telemetry.On() {
		t.Errorf("telemetry is on: %+v", s.Telemetry)
	}
	if plain["AzureWebJobs.bulk_export.Disabled"] != "True" {
		t.Errorf("bulk_export is switched on: %v", plain)
	}
	if diff := cmp.Diff([]string{"/subscriptions/s/resourcegroups/research"}, s.AllowedScopes); diff != "" {
		t.Errorf("the scopes (-want +got):\n%s", diff)
	}
	for _, name := range resolvedByTheHost(t) {
		if len(strings.Fields(plain[name])) != 6 {
			t.Errorf("%s is %q: the function that it belongs to would not load", name, plain[name])
		}
	}
}

// TestTheWorkersDefaultsAreThoseOfTheTemplate compares what a setting that is left out
// means with what the template's parameter says.
func TestTheWorkersDefaultsAreThoseOfTheTemplate(t *testing.T) {
	f := parse(t, "main.bicep")
	unset, err := config.Load(config.FromMap(map[string]string{
		"ServiceBusConnection__fullyQualifiedNamespace": "sb-dsr.servicebus.windows.net",
		"ExportStorage__blobServiceUri":                 "https://stdsr.blob.core.windows.net",
	}))
	if err != nil {
		t.Fatal(err)
	}

	want := map[string]any{
		"deletesEnabled":      unset.DeletesEnabled,
		"requireApproval":     unset.RequireApproval,
		"exportRetentionDays": int(unset.Retention / (24 * time.Hour)),
	}
	for _, p := range f.Params {
		if value, ok := want[p.Name]; ok && (values{t, f, nil}).of(p.Default) != value {
			t.Errorf("%s is by default not %v, as the worker's is", p.Name, value)
		}
	}
}

// resolvedByTheHost returns the settings that function.json name as %NAME%.
func resolvedByTheHost(t *testing.T) (names []string) {
	t.Helper()
	for function := range functionNames(t) {
		text, err := fs.ReadFile(azuremldsr.Functions(), function+"/function.json")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`%(\w+)%`).FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	if len(names) == 0 {
		t.Fatal("no function has a schedule")
	}
	return names
}

func functionNames(t *testing.T) map[string]bool {
	t.Helper()
	folders, err := os.ReadDir(root + "functions")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, f := range folders {
		out[f.Name()] = true
	}
	return out
}
