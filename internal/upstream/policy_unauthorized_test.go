package upstream

import (
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

func TestA401IsTriedOnceMoreWithAFreshToken(t *testing.T) {
	tests := []struct {
		name          string
		statuses      []int
		calls, tokens int
		ok            bool
	}{
		{"the fresh token helps", []int{401, 200}, 2, 2, true},
		{"the fresh token doesn't help", []int{401}, 2, 2, false},
		{"no 401 needs none", []int{200}, 1, 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			transport, cred := upstreamtest.Answers(tt.statuses...), newCredential()
			c := newClient(t, transport, func(o *Options) { o.Credential = cred })
			answer, err := ask(t.Context(), c, call{url: here})

			if tt.ok {
				if err != nil {
					t.Fatal(err)
				}
				upstreamtest.ReadAll(t, answer.Body)
			} else if e := upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonTransient); e.Status != 401 {
				t.Errorf("status %d", e.Status)
			}

			if n := len(transport.Requests()); n != tt.calls || cred.Calls() != tt.tokens {
				t.Errorf("%d calls and %d tokens, want %d and %d", n, cred.Calls(), tt.calls, tt.tokens)
			}
		})
	}
}
