package upstream

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

// taking answers 200 to a call that has the token of its place, and 401 to any other. A
// place that isn't named takes every token.
func taking(tokens map[string]string) *upstreamtest.Recorder {
	return upstreamtest.Serve(func(w http.ResponseWriter, r *http.Request) {
		if want, ok := tokens["https://"+r.URL.Host]; ok && r.Header.Get("Authorization") != "Bearer "+want {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, "{}")
	})
}

// sentTo returns which place got which token, in order.
func sentTo(transport *upstreamtest.Recorder) []string {
	var out []string
	for _, r := range transport.Requests() {
		audience := map[string]string{ownToken: "own", otherToken: "other"}[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		out = append(out, "https://"+r.URL.Host+" "+audience)
	}
	return out
}

const (
	onHost  = "https://here.example.net"
	another = "https://there.example.net"
)

func TestEachCallGetsATokenOfItsAudience(t *testing.T) {
	own := call{url: here}
	other := call{url: here, audience: otherAudience}
	elsewhere := call{url: there, audience: otherAudience}
	tests := []struct {
		name   string
		tokens map[string]string
		calls  []call
		want   []string
	}{
		{"its own is taken", nil, []call{other, other}, []string{onHost + " other", onHost + " other"}},
		{"a call that names none has the pipeline's", nil, []call{other, own}, []string{onHost + " other", onHost + " own"}},
		{
			"only the pipeline's is taken, which is remembered", map[string]string{onHost: ownToken},
			[]call{other, other, other},
			[]string{onHost + " other", onHost + " own", onHost + " own", onHost + " own"},
		},
		{
			"what is remembered is one place's", map[string]string{onHost: ownToken, another: otherToken},
			[]call{other, elsewhere, other},
			[]string{onHost + " other", onHost + " own", another + " other", onHost + " own"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			transport := taking(tt.tokens)
			c := newClient(t, transport)
			for _, made := range tt.calls {
				answer, err := ask(t.Context(), c, made)
				if err != nil {
					t.Fatal(err)
				}
				upstreamtest.ReadAll(t, answer.Body)
			}

			if got := sentTo(transport); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAPlaceThatTakesNoTokenIsTransient(t *testing.T) {
	transport := taking(map[string]string{onHost: "none"})
	c := newClient(t, transport)
	want := []string{}
	for range 2 { // nothing was learned from the refusals
		_, err := ask(t.Context(), c, call{url: here, audience: otherAudience})
		if e := upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonTransient); e.Status != http.StatusUnauthorized {
			t.Errorf("status %d", e.Status)
		}
		want = append(want, onHost+" other", onHost+" own")
	}

	if got := sentTo(transport); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A call with the pipeline's audience never gets another's token, not even after
// a 401.
func TestACallWithoutAnAudienceGetsThePipelinesTokenOnly(t *testing.T) {
	transport := taking(map[string]string{onHost: "none"})
	_, err := ask(t.Context(), newClient(t, transport), call{url: here})
	upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonTransient)
	if got, want := sentTo(transport), []string{onHost + " own", onHost + " own"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A try that fails for another reason doesn't go back to the audience that was
// refused.
func TestTheRestOfACallKeepsTheOtherAudience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		transport := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader([]int{401, 503, 200}[min(n, 2)])
			n++
			_, _ = io.WriteString(w, "{}")
		})

		answer, err := ask(t.Context(), newClient(t, transport), call{url: here, audience: otherAudience})
		if err != nil {
			t.Fatal(err)
		}

		upstreamtest.ReadAll(t, answer.Body)

		if got, want := sentTo(transport), []string{onHost + " other", onHost + " own", onHost + " own"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}
