package azureml_test

import (
	"net/http/httptest"
	"testing"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// The fake refuses a version that a row doesn't have, as ARM does: 2024-04-01 knows no
// capability hosts.
func TestEveryVersionInUseReadsAWorkspace(t *testing.T) {
	for name, version := range map[string]string{
		"the newest, without a setting":  "",
		"the newest, by the setting":     "2026-09-01",
		"the one that was newest before": "2026-05-01",
		"the oldest":                     "2024-04-01",
	} {
		t.Run(name, func(t *testing.T) {
			s := fake.New(fake.Options{Account: fake.Account{
				SubscriptionID:            "sub-1",
				ResourceGroup:             "group-1",
				Location:                  "eastus2",
				MachineLearningWorkspaces: 1,
				ML:                        fake.ML{CapabilityHosts: 1, Connections: 1, Computes: 1},
			}})
			server := httptest.NewServer(s)
			defer server.Close()
			c, err := azureml.New(azureml.Options{
				BaseURLs:               azureml.BaseURLs{ARM: server.URL, ModelManagement: server.URL, Experiments: server.URL},
				Credential:             azureml.StaticToken("a-token"),
				MachineLearningVersion: version,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()

			place := dsr.Target{
				Level:          dsr.MachineLearningWorkspace,
				SubscriptionID: "sub-1",
				ResourceGroup:  "group-1",
				Workspace:      "ml-00",
			}
			for _, id := range []string{"W04", "W42", "W67c"} {
				if n := len(items(t, c, place, id)); n != 1 {
					t.Errorf("%s names %d items", id, n)
				}
			}
		})
	}
}
