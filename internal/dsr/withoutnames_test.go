package dsr_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestWithoutNamesLeavesIDsAndKinds(t *testing.T) {
	for text, want := range map[string]string{
		"record req-1/1/plan.json is not what was written":                                                                               "record req-1/1/plan.json is not what was written",
		"reading req-1/1/data/runs/s/research/ada/ws/p/part-1-000001-00000.json: no":                                                     "reading req-1/1/data/runs/…/part-1-000001-00000.json: no",
		"reading req-1/1/data/artifacts/s/g/ada/w/p/content/run-1/ada.txt, again":                                                        "reading req-1/1/data/artifacts/…, again",
		"reading req-1/1/data/runs/s/g/ada/page-1-000001~0002.json":                                                                      "reading req-1/1/data/runs/…/page-1-000001~0002.json",
		"hop req-1/1/hops/00009/1-000001-00000-runs/0001.json":                                                                           "hop req-1/1/hops/00009/1-000001-00000-runs/0001.json",
		`"/subscriptions/8d0c/resourceGroups/ada's group" is not the ARM id of a target`:                                                 `"/subscriptions/8d0c/resourceGroups/…" is not the ARM id of a target`,
		"missing /subscriptions/8d0c/resourceGroups/research/providers/Microsoft.MachineLearningServices/workspaces/ml-ada/jobs/x: gone": "missing /subscriptions/8d0c/resourceGroups/…/providers/Microsoft.MachineLearningServices/workspaces/…/jobs/…: gone",
		"/subscriptions/8d0c/providers/Microsoft.X/things/ada":                                                                           "/subscriptions/8d0c/providers/Microsoft.X/things/…",
		"'/SUBSCRIPTIONS/8d0c/RESOURCEGROUPS/providers/PROVIDERS/Microsoft.X/a/b'":                                                       "'/SUBSCRIPTIONS/8d0c/RESOURCEGROUPS/…/PROVIDERS/Microsoft.X/a/…'",
		"GET https://eastus2.api.azureml.ms/history/v1.0/subscriptions/s/ml-ada?x=1: no":                                                 "GET https://eastus2.api.azureml.ms/… no",
		"at https://adastore.blob.core.windows.net/c/b?sig=x":                                                                            "at https://….blob.core.windows.net/…",
		"at https://adastore.blob.core.windows.net":                                                                                      "at https://….blob.core.windows.net",
		"at https://ada:pw@example.org":                                                                                                  "at https://example.org",
		"asked by ada@example.org (ada_example.org#EXT#@contoso.onmicrosoft.com)":                                                        "asked by … (…)",
		"InvalidRequest: /scope/0/machineLearningWorkspaces: \"*\" means all and stands alone":                                           "InvalidRequest: /scope/0/machineLearningWorkspaces: \"*\" means all and stands alone",
		"E16: refused (status 403, code AuthorizationFailed)":                                                                            "E16: refused (status 403, code AuthorizationFailed)",
		"": "",
	} {
		if got := dsr.WithoutNames(text); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}
