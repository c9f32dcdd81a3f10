package azureml

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"azureml-dsr/internal/dsr"
)

// steps answers with one status after another; 0 is a connection that breaks.
func steps(statuses ...int) *recorder {
	i := 0
	return &recorder{handler: func(*http.Request) (*http.Response, error) {
		status := statuses[min(i, len(statuses)-1)]
		i++
		if status == 0 {
			return nil, io.ErrUnexpectedEOF
		}
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
	}}
}

// A 404 after a try in doubt may be our own doing; after any other it is not.
func TestATryInDoubtIsTold(t *testing.T) {
	tests := []struct {
		name     string
		statuses []int
		want     bool
	}{
		{"the first answer", []int{404}, false},
		{"a lost answer", []int{0, 404}, true},
		{"two lost answers", []int{0, 0, 204}, true},
		{"a failure", []int{500, 404}, true},
		{"a gateway's failure", []int{502, 404}, true},
		{"unavailable", []int{503, 404}, true},
		{"a time-out", []int{408, 404}, true},
		{"turned away for its token", []int{401, 404}, false},
		{"turned away for its rate", []int{429, 404}, false},
		{"turned away, then lost", []int{401, 0, 404}, true},
		{"lost, then turned away", []int{0, 429, 404}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := steps(tt.statuses...)
				got, err := newClient(t, transport).Delete(t.Context(), deletionCall(t, "D02"))
				if err != nil {
					t.Fatal(err)
				}
				if got.Retried != tt.want || got.Status != tt.statuses[len(tt.statuses)-1] || len(transport.requests()) != len(tt.statuses) {
					t.Errorf("got %+v after %d calls", got, len(transport.requests()))
				}
			})
		})
	}
}

func TestDoubtIsToldBesideAnError(t *testing.T) {
	tests := []struct {
		name   string
		client func(*testing.T) *Client
		want   bool
	}{
		{"lost, then a conflict", func(t *testing.T) *Client { return newClient(t, steps(0, 409)) }, true},
		{"always lost", func(t *testing.T) *Client { return newClient(t, steps(0)) }, true},
		{"a conflict at once", func(t *testing.T) *Client { return newClient(t, steps(409)) }, false},
		{"no token, so nothing was sent", func(t *testing.T) *Client {
			return newClient(t, steps(204), func(o *Options) { o.Credential = &countingCredential{err: errors.New("no")} })
		}, false},
		{"a closed gate, so nothing was sent", func(t *testing.T) *Client {
			c := newClient(t, throttle("60"))
			_, err := c.Delete(t.Context(), deletionCall(t, "D02"))
			wantError(t, err, dsr.Throttled, dsr.ReasonThrottled)
			return c
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := tt.client(t).Delete(t.Context(), deletionCall(t, "D02"))
				if err == nil || got.Retried != tt.want || got.URL == "" {
					t.Errorf("got %+v, %v", got, err)
				}
			})
		})
	}
}
