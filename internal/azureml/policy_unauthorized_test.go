package azureml

import (
	"testing"

	"azureml-dsr/internal/dsr"
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
			transport, cred := answers(tt.statuses...), &countingCredential{}
			c := newClient(t, transport, func(o *Options) { o.Credential = cred })
			answer, err := c.Get(t.Context(), callOf(t, "E16"))
			if tt.ok {
				if err != nil {
					t.Fatal(err)
				}
				readAll(t, answer.Body)
			} else if e := wantError(t, err, dsr.Transient, dsr.ReasonTransient); e.Status != 401 {
				t.Errorf("status %d", e.Status)
			}
			if n := len(transport.requests()); n != tt.calls || cred.calls != tt.tokens {
				t.Errorf("%d calls and %d tokens, want %d and %d", n, cred.calls, tt.calls, tt.tokens)
			}
		})
	}
}
