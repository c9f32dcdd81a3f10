//go:build browser

package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/appstack"
	"azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/stack"
)

// realStack is the whole app, with two people who have signed in.
type realStack struct {
	*stack.Stack
	base    string // address of the page
	account fakeml.Account
}

// output keeps what the processes of a stack write.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

// startStack builds the handler and starts the whole app around a small account.
func startStack(t *testing.T, faults ...fakeml.Fault) *realStack {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "dsr")
	if text, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "azureml-dsr/cmd/dsr").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}

	log := &output{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(log.text.String())
		}
	})
	account := sharedWorkspace()
	s, err := appstack.Start(t.Context(), binary, stack.Options{
		AppDir:        filepath.Join(t.TempDir(), "app"),
		Hosts:         1,
		Account:       account,
		Faults:        faults,
		Env:           []string{"DELETES_ENABLED=true", "REQUIRE_APPROVAL=true"},
		Logger:        slog.New(slog.NewTextHandler(log, nil)),
		HandlerOutput: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})

	return &realStack{Stack: s, base: s.Hosts()[0].URL() + "/api/ui", account: account}
}

// sharedWorkspace is an account with one workspace, in which several people work.
func sharedWorkspace() fakeml.Account {
	return fakeml.Account{
		Seed:                      1,
		SubscriptionID:            "8d0c7c4a-3f0e-4d7b-9a52-5f6f0d1b2c3e",
		ResourceGroup:             "research",
		Location:                  "eastus2",
		SubjectObjectID:           "5c1d2f8e-6a34-4b7e-9d21-0f7b6a3c9e11",
		MachineLearningWorkspaces: 1,
		ML:                        fakeml.ML{Experiments: 2, RunsPerExperiment: 6, Data: 1, Models: 1, Versions: 4, Computes: 5},
	}
}

// signIn opens a tab in which one of the two local people has signed in.
func (s *realStack) signIn(t *testing.T, person int) *tab {
	t.Helper()
	body, err := json.Marshal(map[string]int{"person": person})
	if err != nil {
		t.Fatal(err)
	}
	root := strings.TrimSuffix(s.base, "/ui")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, root+"/session/codes", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+appstack.Settings(s.Stack)["DSR_API_TOKEN"])
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct{ Address string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}

	b := openTab(t, s.base, 1280, 900)
	b.navigate(answer.Address)
	b.until(`location.pathname.endsWith('/ui') && document.querySelector('main h1') !== null`)
	b.sees(fmt.Sprintf("%s.person@local", []string{"first", "second"}[person-1]))
	return b
}

// TestRequestsAreFulfilledThroughThePage goes through the whole app: a request is sent by
// form and fails in part, is retried and succeeds, and is verified.
func TestRequestsAreFulfilledThroughThePage(t *testing.T) {
	s := startStack(t, fakeml.Fault{Endpoint: "W53", Status: http.StatusForbidden})
	b := s.signIn(t, 1)

	b.press("New request")
	b.sees("Subscription id")
	b.fill("n-id", "by-form-1")
	b.fill("n-objectId", s.account.SubjectObjectID)
	b.fill("n-subscriptionId", s.account.SubscriptionID)
	b.fill("n-resourceGroup", s.account.ResourceGroup)
	b.fill("n-workspaces", "*")
	b.sees("The request can be sent.")
	b.press("Send the request")

	b.until(`location.hash === '#/requests/by-form-1'`)
	b.sees("Partly failed")
	b.sees("Forbidden")
	s.Upstream.SetFaults()
	b.press("Retry what failed")
	b.fill("-reason", "the right is there now")
	b.press("Retry")
	b.sees("Succeeded")

	b.press("Show the manifest")
	b.sees("Totals by row")
	b.press("Verify now")
	b.sees("Sound: each blob is what the manifest vouches for.")

	b.press("Make the copy")
	b.press("Make it")
	b.sees("are the person’s")
	fetched := eval[string](b, `fetch('/api/requests/by-form-1/copy?download').then((r) => r.status + ' ' + r.headers.get('Content-Type'))`)
	if fetched != "200 application/zip" {
		t.Errorf("the copy: %s", fetched)
	}
	b.press("Verify now")
	b.sees("Sound: each blob is what the manifest vouches for.")
	b.press("Revoke the copy")
	b.fill("-reason", "a mistake")
	b.press("Revoke it")
	b.sees("It was revoked.")
	if gone := eval[int](b, `fetch('/api/requests/by-form-1/copy?download').then((r) => r.status)`); gone != http.StatusGone {
		t.Errorf("a revoked copy: %d", gone)
	}

	b.press("Requests")
	b.sees("by-form-1")
	b.press("Overview")
	b.sees("Closed in the last 30 days")
}

// TestADeletionTakesTwoPeople: one of them asks by form, and only the other one can approve.
func TestADeletionTakesTwoPeople(t *testing.T) {
	s := startStack(t)
	first, second := s.signIn(t, 1), s.signIn(t, 2)
	subject := s.account.Subject()

	first.press("New request")
	first.sees("Subscription id")
	first.run(`{ const kind = document.getElementById('n-kind'); kind.value = 'delete'; kind.dispatchEvent(new Event('input', {bubbles: true}));
		const what = document.getElementById('n-what'); what.value = 'subject'; what.dispatchEvent(new Event('input', {bubbles: true})); }`)
	workspace := s.account.MachineLearningName(0)
	first.fill("n-id", "erase-by-form")
	first.fill("n-objectId", subject.ObjectID)
	first.fill("n-tenantId", subject.TenantID)
	first.fill("n-userPrincipalName", subject.UPN)
	first.fill("n-subscriptionId", s.account.SubscriptionID)
	first.fill("n-resourceGroup", s.account.ResourceGroup)
	first.fill("n-workspaces", workspace)
	first.fill("n-confirm", dsr.Target{
		Level:          dsr.MachineLearningWorkspace,
		SubscriptionID: s.account.SubscriptionID,
		ResourceGroup:  s.account.ResourceGroup,
		Workspace:      workspace,
	}.ID())
	first.sees("The request can be sent.")
	first.press("Send the request")

	first.sees("Awaits approval")
	first.press("Look at the plan and decide")
	first.sees("another person must approve it")
	planned := eval[string](first, `fetch('/api/requests/erase-by-form/plan').then((r) => r.json()).then((p) => p.planSha256)`)
	refused := eval[string](first, `fetch('/api/requests/erase-by-form/approve', {method: 'POST', headers: {'Content-Type': 'application/json', 'X-DSR-Client': 'page'}, body: JSON.stringify({planSha256: '`+planned+`', acknowledgeOthers: true})}).then((r) => r.headers.get('x-ms-error-code'))`)
	if refused != "SecondPersonRequired" {
		t.Errorf("the first person approves past the page: %q", refused)
	}

	second.open("requests?state=awaitingApproval")
	second.press("erase-by-form")
	second.press("Look at the plan and decide")
	second.sees("What is deleted, in this order")
	second.click("seen")
	second.run(`document.getElementById('acknowledged')?.click()`)
	second.press("Approve this plan")
	second.until(`location.hash === '#/requests/erase-by-form'`)
	second.sees("Succeeded")
	second.press("Certificate")
	second.sees("Everything that was planned is deleted.")
	second.sees("first.person@local")
	second.sees("second.person@local")
}

// TestADeadLetterIsLookedAfterThroughThePage: a refused request is sent again, is refused
// again, and is purged.
func TestADeadLetterIsLookedAfterThroughThePage(t *testing.T) {
	s := startStack(t)
	c, err := appstack.Connect(s.Stack)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := c.Bus.Send(context.WithoutCancel(t.Context()), dsr.QueueRequests, dsr.Message{ID: "bad", Body: []byte(`{"id":"bad-1"}`)}); err != nil {
		t.Fatal(err)
	}

	b := s.signIn(t, 1)
	b.press("Dead letters")
	b.sees("InvalidRequest")
	const sequence = `document.querySelector('main [data-key$=" resubmit"]')?.dataset.key`
	before := eval[string](b, sequence)
	b.press(eval[string](b, `document.querySelector('main [data-key$=" resubmit"]').getAttribute('aria-label')`))
	b.press("Resubmit")
	b.until(sequence + ` !== undefined && ` + sequence + ` !== ` + quote(before))

	b.press(eval[string](b, `document.querySelector('main [data-key$=" purge"]').getAttribute('aria-label')`))
	b.press("Purge")
	b.sees("There are no dead letters.")
}
