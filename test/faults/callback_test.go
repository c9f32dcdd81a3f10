package faults

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"azureml-dsr/internal/dsr"
)

// call is one that a receiver has taken.
type call struct{ id, body string }

// TestKilledBetweenACallAndItsRecordTheReceiverHearsTheSameAgain kills the handler when it is
// about to record the first delivery, which it has made by then.
func TestKilledBetweenACallAndItsRecordTheReceiverHearsTheSameAgain(t *testing.T) {
	calls := make(chan call, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		w.WriteHeader(http.StatusAccepted)
		calls <- call{req.Header.Get("webhook-id"), string(body)}
	}))
	defer receiver.Close()

	host := strings.TrimPrefix(receiver.URL, "http://")
	r := newHarness(t, options{account: account(20), env: append(hasty(), "CALLBACK_HOSTS="+host)})
	var killed atomic.Bool
	r.storage.watch(func(req *http.Request) bool {
		records := req.Method == http.MethodPut && strings.Contains(req.URL.Path, "-"+dsr.ToldDelivered)
		return records && killed.CompareAndSwap(false, true) && r.handlers[0].kill(syscall.SIGKILL)
	}, nil)

	r.send(dsr.QueueRequests, withCallback(t, request("callback", r.account), receiver.URL+"/hook"))
	m := r.await("callback", patience)
	r.checkComplete("callback", m)

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	heard := map[string]string{} // bodies by id
	repeated := 0
	for len(heard) < 3 || repeated == 0 {
		select {
		case c := <-calls:
			if before, again := heard[c.id]; again {
				repeated++
				if before != c.body {
					t.Errorf("%s came with two bodies:\n%s\n%s", c.id, before, c.body)
				}
			}
			heard[c.id] = c.body
		case <-ctx.Done():
			t.Fatalf("heard %v, %d again", heard, repeated)
		}
	}

	for _, id := range []string{"callback~1", "callback~2", "callback~3"} {
		if heard[id] == "" {
			t.Errorf("nothing was heard of %s", id)
		}
	}
}

// withCallback returns the message of a request with a callback.
func withCallback(t *testing.T, m dsr.Message, url string) dsr.Message {
	t.Helper()
	var r dsr.Request
	if err := json.Unmarshal(m.Body, &r); err != nil {
		t.Fatal(err)
	}
	r.Callbacks = []dsr.Callback{{URL: url, Format: dsr.FormatCloudEvents}}
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	m.Body = body
	return m
}
