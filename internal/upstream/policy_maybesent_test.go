package upstream

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"azureml-dsr/internal/upstream/upstreamtest"
)

// steps answers with one status after another; 0 is a connection that breaks.
func steps(statuses ...int) *upstreamtest.Recorder {
	i := 0
	return &upstreamtest.Recorder{Handler: func(*http.Request) (*http.Response, error) {
		status := statuses[min(i, len(statuses)-1)]
		i++
		if status == 0 {
			return nil, io.ErrUnexpectedEOF
		}
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
	}}
}

// remove makes a DELETE, and reports whether a try of it may have been carried
// out unseen.
func remove(t *testing.T, c *Client) (status int, maybeSent bool, err error) {
	t.Helper()
	scope := Scope{
		Label:     "D02",
		Origin:    "https://here.example.net:443",
		Quota:     "sub",
		MaybeSent: &maybeSent,
	}
	resp, err := c.Do(t.Context(), Request{Scope: scope, Method: http.MethodDelete, URL: here})
	if err != nil {
		return 0, maybeSent, err
	}
	Discard(resp)
	return resp.StatusCode, maybeSent, nil
}

// A 404 after such a try may be our own doing; after any other it is not.
func TestATryThatMayHaveBeenSentIsNoted(t *testing.T) {
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
		{"lost, then a conflict", []int{0, 409}, true},
		{"a conflict at once", []int{409}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := steps(tt.statuses...)
				status, got, err := remove(t, newClient(t, transport))
				if err != nil {
					t.Fatal(err)
				}
				if got != tt.want || status != tt.statuses[len(tt.statuses)-1] || len(transport.Requests()) != len(tt.statuses) {
					t.Errorf("got %t, %d after %d calls", got, status, len(transport.Requests()))
				}
			})
		})
	}
}

func TestATryThatMayHaveBeenSentIsNotedBesideAnError(t *testing.T) {
	tests := []struct {
		name   string
		client func(*testing.T) *Client
		want   bool
	}{
		{"always lost", func(t *testing.T) *Client { return newClient(t, steps(0)) }, true},
		{"no token, so nothing was sent", func(t *testing.T) *Client {
			return newClient(t, steps(204), func(o *Options) { o.Credential = &upstreamtest.Credential{Err: errors.New("no")} })
		}, false},
		{"a closed gate, so nothing was sent", func(t *testing.T) *Client {
			c := newClient(t, upstreamtest.Throttle("60"))
			if status, _, err := remove(t, c); err != nil || status != http.StatusTooManyRequests {
				t.Fatal(status, err)
			}
			return c
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if _, got, err := remove(t, tt.client(t)); err == nil || got != tt.want {
					t.Errorf("got %t, %v", got, err)
				}
			})
		})
	}
}
