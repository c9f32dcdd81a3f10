package azureml

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/upstream/upstreamtest"
)

func TestEachPlaneGetsATokenOfItsAudience(t *testing.T) {
	tests := map[string]struct{ token, row string }{
		"a workspace's data plane":   {dataPlaneToken, "W53"},
		"ARM for today's workspaces": {upstreamtest.Token, "W29"},
		"ARM":                        {upstreamtest.Token, "E29"},
		"the first experiments":      {upstreamtest.Token, "E16"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			transport := upstreamtest.Answers(200)
			if err := get(t, newClient(t, transport), tt.row); err != nil {
				t.Fatal(err)
			}
			if got := transport.Requests()[0].Header.Get("Authorization"); got != "Bearer "+tt.token {
				t.Errorf("got %q", got)
			}
		})
	}
}

// A call whose data plane refuses the token of its own audience is made with ARM's.
func TestADataPlaneMayTakeARMsToken(t *testing.T) {
	transport := upstreamtest.Serve(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+upstreamtest.Token {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	if err := get(t, newClient(t, transport), "W53"); err != nil {
		t.Fatal(err)
	}

	var got []string
	for _, r := range transport.Requests() {
		got = append(got, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	}

	if want := []string{dataPlaneToken, upstreamtest.Token}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEachCloudHasItsOwnAudience(t *testing.T) {
	for name, want := range map[string]string{
		PublicCloud: "https://ml.azure.com/.default", "AzureChinaCloud": "https://ml.azure.cn/.default", "AzureUSGovernment": "https://ml.azure.us/.default",
	} {
		cloud, err := CloudByName(name)
		if err != nil || cloud.DataPlaneScope() != want {
			t.Errorf("%s: %s, %v, want %s", name, cloud.DataPlaneScope(), err, want)
		}
	}
}
