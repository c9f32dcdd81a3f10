package azureml

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"azureml-dsr/internal/dsr"
)

// taking answers 200 to the calls whose token a place takes, else 401. One that
// isn't named takes every token.
func taking(tokens map[string]string) *recorder {
	return serve(func(w http.ResponseWriter, r *http.Request) {
		if want, ok := tokens["https://"+r.URL.Host]; ok && r.Header.Get("Authorization") != "Bearer "+want {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, "{}")
	})
}

// sentTo tells which place got which token, in order.
func sentTo(transport *recorder) []string {
	var out []string
	for _, r := range transport.requests() {
		audience := map[string]string{testToken: "ARM", dataPlaneToken: "ml"}[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		out = append(out, "https://"+r.URL.Host+" "+audience)
	}
	return out
}

const (
	onHost  = apiURL
	another = "https://westus.api.azureml.ms"
)

func TestEachPlaneGetsATokenOfItsAudience(t *testing.T) {
	type call struct{ row, api string }
	tests := []struct {
		name   string
		tokens map[string]string
		calls  []call
		want   []string
	}{
		{"the data plane takes its own", nil, []call{{"W53", ""}, {"W50", ""}}, []string{onHost + " ml", onHost + " ml"}},
		{"ARM gets its own", nil, []call{{"W53", ""}, {"W29", ""}, {"E29", ""}}, []string{onHost + " ml", armHost + " ARM", armHost + " ARM"}},
		{
			"the data plane takes ARM's only, which is remembered", map[string]string{onHost: testToken},
			[]call{{"W53", ""}, {"W50", ""}, {"W62", ""}},
			[]string{onHost + " ml", onHost + " ARM", onHost + " ARM", onHost + " ARM"},
		},
		{
			"what is remembered is one place's", map[string]string{onHost: testToken, another: dataPlaneToken},
			[]call{{"W53", ""}, {"W53", another}, {"W53", ""}},
			[]string{onHost + " ml", onHost + " ARM", another + " ml", onHost + " ARM"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			transport := taking(tt.tokens)
			c := newClient(t, transport)
			for _, made := range tt.calls {
				call := callOf(t, made.row)
				if made.api != "" {
					call.Target.API = made.api
				}
				answer, err := c.Get(t.Context(), call)
				if err != nil {
					t.Fatal(err)
				}
				readAll(t, answer.Body)
			}
			if got := sentTo(transport); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestADataPlaneThatTakesNoTokenIsTransient(t *testing.T) {
	transport := taking(map[string]string{onHost: "none"})
	c := newClient(t, transport)
	want := []string{}
	for range 2 { // nothing was learned from the refusals
		_, err := c.Get(t.Context(), callOf(t, "W50"))
		if e := wantError(t, err, dsr.Transient, dsr.ReasonTransient); e.Status != http.StatusUnauthorized {
			t.Errorf("status %d", e.Status)
		}
		want = append(want, onHost+" ml", onHost+" ARM")
	}
	if got := sentTo(transport); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// ARM never gets the data plane's token, not even after a 401.
func TestARMIsAskedWithItsOwnTokenOnly(t *testing.T) {
	transport := taking(map[string]string{armHost: "none"})
	_, err := newClient(t, transport).Get(t.Context(), callOf(t, "W29"))
	wantError(t, err, dsr.Transient, dsr.ReasonTransient)
	if got, want := sentTo(transport), []string{armHost + " ARM", armHost + " ARM"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A try that fails for another reason doesn't go back to the audience that was
// refused.
func TestTheRestOfACallKeepsTheOtherAudience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		transport := serve(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader([]int{401, 503, 200}[min(n, 2)])
			n++
			_, _ = io.WriteString(w, "{}")
		})
		answer, err := newClient(t, transport).Get(t.Context(), callOf(t, "W53"))
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, answer.Body)
		if got, want := sentTo(transport), []string{onHost + " ml", onHost + " ARM", onHost + " ARM"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
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
