package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/appstack"
	"azureml-dsr/test/emulator/stack"
)

// overHTTP calls the API of a stack with its token, and returns the status and the body.
func (d *demo) overHTTP(t *testing.T, method, path string, body any) (int, []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	var text strings.Builder
	if body != nil {
		if err := json.NewEncoder(&text).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, apiAddress(d.stack)+path, strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+appstack.Settings(d.stack)["DSR_API_TOKEN"])
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}

	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}

	return resp.StatusCode, answer
}

// until asks for something until it is as wanted.
func (d *demo) until(t *testing.T, path string, wanted func([]byte) bool) []byte {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	poll := time.NewTicker(demoPoll)
	defer poll.Stop()

	for {
		status, body := d.overHTTP(t, http.MethodGet, path, nil)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, status, body)
		}
		if wanted(body) {
			return body
		}
		select {
		case <-poll.C:
		case <-deadline.C:
			t.Fatalf("%s: still %s", path, body)
		}
	}
}

func has(text string) func([]byte) bool {
	return func(body []byte) bool { return strings.Contains(string(body), text) }
}

// TestARequestIsSubmittedFollowedAndVerifiedByHTTP goes through the Functions host to the
// packaged handler, and to the real queues and blobs.
func TestARequestIsSubmittedFollowedAndVerifiedByHTTP(t *testing.T) {
	d := startTestStack(t, stack.Options{Account: testAccount(8)})
	d.until(t, "/health", has(`"status":"ok"`))

	body := map[string]any{"id": "by-http-1", "kind": d.request.Kind, "subject": d.request.Subject, "scope": d.request.Scope}
	if status, answer := d.overHTTP(t, http.MethodPut, "/requests/by-http-1", body); status != http.StatusCreated {
		t.Fatalf("submitting: %d %s", status, answer)
	}
	d.until(t, "/requests/by-http-1", has(`"status":"Succeeded"`))
	if status, answer := d.overHTTP(t, http.MethodPut, "/requests/by-http-1", body); status != http.StatusOK {
		t.Errorf("submitting again: %d %s", status, answer)
	}
	body["resourceTypes"] = []string{"models"}
	if status, answer := d.overHTTP(t, http.MethodPut, "/requests/by-http-1", body); status != http.StatusConflict {
		t.Errorf("submitting another: %d %s", status, answer)
	}

	var manifest dsr.Manifest
	if _, answer := d.overHTTP(t, http.MethodGet, "/requests/by-http-1/manifest", nil); json.Unmarshal(answer, &manifest) != nil || manifest.Status != dsr.StatusSucceeded {
		t.Errorf("the manifest is %s", answer)
	}
	if lines := compareServed(manifest.Totals, d.stack.Upstream.Served()); len(lines) > 0 {
		t.Errorf("the manifest and the fake's log differ:\n%s", strings.Join(lines, "\n"))
	}
	if status, answer := d.overHTTP(t, http.MethodPost, "/requests/by-http-1/verify", struct{}{}); status != http.StatusOK || !has(`{"ok":true`)(answer) {
		t.Errorf("verifying: %d %s", status, answer)
	}

	d.until(t, "/requests?state=succeeded", has(`"id":"by-http-1","kind":"export","state":"succeeded","subject":"`+fakeSubject))
	d.until(t, "/overview", has(`"succeeded":1`))
	if _, answer := d.overHTTP(t, http.MethodGet, "/requests/by-http-1/results", nil); !has(`"status":"succeeded"`)(answer) {
		t.Errorf("the results are %s", answer)
	}
}

func TestADeadLetterIsParkedByHTTP(t *testing.T) {
	d := startTestStack(t, stack.Options{Account: testAccount(8)})
	err := d.connections.Bus.Send(t.Context(), dsr.QueueRequests, dsr.Message{ID: "bad", Body: []byte(`{"id":"bad-1"}`)})
	if err != nil {
		t.Fatal(err)
	}

	var list struct {
		Value []struct{ Queue, Sequence, Reason, RequestID string }
	}
	answer := d.until(t, "/deadletters", has(`"queue":"dsr-requests"`))
	if err := json.Unmarshal(answer, &list); err != nil || len(list.Value) != 1 || list.Value[0].Reason != dsr.ReasonInvalidRequest {
		t.Fatalf("dead letters: %s", answer)
	}

	park := "/deadletters/dsr-requests/" + list.Value[0].Sequence + "/park"
	if status, answer := d.overHTTP(t, http.MethodPost, park, map[string]string{"reason": "useless"}); status != http.StatusOK || !has(`"action":"parked"`)(answer) {
		t.Fatalf("parking: %d %s", status, answer)
	}
	answer = d.until(t, "/deadletters", has(`"queue":"poison"`))
	if has(`"queue":"dsr-requests"`)(answer) {
		t.Errorf("still there: %s", answer)
	}
}

func TestTheTwoLocalPeopleSignInOnceEach(t *testing.T) {
	d := startTestStack(t, stack.Options{Account: testAccount(8)})
	addresses, err := signInAddresses(t.Context(), d.stack)
	if err != nil {
		t.Fatal(err)
	}

	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for i, address := range addresses {
		for _, want := range []int{http.StatusOK, http.StatusUnauthorized} {
			resp, err := client.Get(address)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != want || (len(resp.Cookies()) == 1) != (want == http.StatusOK) {
				t.Errorf("person %d: answered %d, want %d", i+1, resp.StatusCode, want)
			}
		}
	}
}
