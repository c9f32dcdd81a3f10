package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"azureml-dsr/internal/operator"
	"azureml-dsr/test/emulator/stack"
)

// person is one of the local people, who has signed in with a code.
type person struct {
	demo   *demo
	client *http.Client
	cookie *http.Cookie
}

// signIn signs a person in by the address that is printed for them.
func (d *demo) signIn(t *testing.T, address string) person {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	resp, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if len(resp.Cookies()) != 1 {
		t.Fatalf("no session: %s", resp.Status)
	}
	return person{demo: d, client: client, cookie: resp.Cookies()[0]}
}

// post sends JSON as the page does, and returns the status and the code of an error.
func (p person) post(t *testing.T, path string, body any) (int, string) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, apiAddress(p.demo.stack)+path, strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(p.cookie)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-DSR-Client", "page")

	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()

	return resp.StatusCode, resp.Header.Get("x-ms-error-code")
}

// TestADeletionIsApprovedByASecondPersonThatHasSignedIn erases one person by HTTP alone: one
// of the local people asks and may not approve, the other one approves.
func TestADeletionIsApprovedByASecondPersonThatHasSignedIn(t *testing.T) {
	account := fakeAccount(8)
	d := startTestStack(t, stack.Options{Account: account, Env: demoSettings(demoOptions{Delete: true})})
	addresses, err := signInAddresses(t.Context(), d.stack)
	if err != nil {
		t.Fatal(err)
	}
	first, second := d.signIn(t, addresses[0]), d.signIn(t, addresses[1])

	const id = "erase-by-http"
	if status, code := first.post(t, "/requests", erasureOf(id, account)); status != http.StatusAccepted {
		t.Fatalf("submitting: %d %s", status, code)
	}
	d.until(t, "/requests/"+id, has(`"state":"awaitingApproval"`))
	d.until(t, "/requests?state=awaitingApproval", has(`"id":"`+id+`"`))

	var planned operator.PlannedDeletion
	if _, body := d.overHTTP(t, http.MethodGet, "/requests/"+id+"/plan", nil); json.Unmarshal(body, &planned) != nil || planned.Deletes == 0 {
		t.Fatalf("the plan is %s", body)
	}
	approval := map[string]any{"planSha256": planned.PlanSHA256, "acknowledgeOthers": true, "reason": "seen"}
	if status, code := first.post(t, "/requests/"+id+"/approve", approval); status != http.StatusForbidden || code != "SecondPersonRequired" {
		t.Errorf("the one who asks approves: %d %s", status, code)
	}
	if status, code := second.post(t, "/requests/"+id+"/approve", approval); status != http.StatusAccepted {
		t.Fatalf("the second person approves: %d %s", status, code)
	}

	d.until(t, "/requests/"+id, has(`"status":"Succeeded"`))
	var c operator.Certificate
	if _, body := d.overHTTP(t, http.MethodGet, "/requests/"+id+"/certificate", nil); json.Unmarshal(body, &c) != nil {
		t.Fatalf("the certificate is %s", body)
	}
	if c.SubmittedBy != "first.person@local [oid local-person-1, tid local]" || c.ApprovedBy != "second.person@local [oid local-person-2, tid local]" {
		t.Errorf("submitted by %q, approved by %q", c.SubmittedBy, c.ApprovedBy)
	}
	if status, body := d.overHTTP(t, http.MethodPost, "/requests/"+id+"/verify", struct{}{}); status != http.StatusOK || !has(`{"ok":true`)(body) {
		t.Errorf("verifying: %d %s", status, body)
	}
}

// TestARefusedDeletionDeletesNothing lets the second person refuse.
func TestARefusedDeletionDeletesNothing(t *testing.T) {
	account := fakeAccount(8)
	d := startTestStack(t, stack.Options{Account: account, Env: demoSettings(demoOptions{Delete: true})})
	before := owners(d.stack.Upstream)

	const id = "refused-by-http"
	if status, body := d.overHTTP(t, http.MethodPost, "/requests", erasureOf(id, account)); status != http.StatusAccepted {
		t.Fatalf("submitting: %d %s", status, body)
	}
	d.until(t, "/requests/"+id, has(`"state":"awaitingApproval"`))
	if status, body := d.overHTTP(t, http.MethodPost, "/requests/"+id+"/refuse", map[string]string{"reason": "the wrong person"}); status != http.StatusAccepted {
		t.Fatalf("refusing: %d %s", status, body)
	}
	d.until(t, "/requests/"+id, has(`"code":"Rejected","message":"the request was refused: the wrong person"`))

	if after := owners(d.stack.Upstream); len(after) != len(before) {
		t.Errorf("%d things are left of %d", len(after), len(before))
	}
	if status, body := d.overHTTP(t, http.MethodPost, "/requests/"+id+"/verify", struct{}{}); status != http.StatusOK || !has(`{"ok":true`)(body) {
		t.Errorf("verifying: %d %s", status, body)
	}
}
