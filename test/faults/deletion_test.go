package faults

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/fakeml"
)

// deletion asks for all that an account holds to be deleted, or for those types
// of it.
func deletion(id, kind string, a fakeml.Account, types ...string) dsr.Message {
	var r dsr.Request
	if err := json.Unmarshal(request(id, a).Body, &r); err != nil {
		panic(err) // request made it
	}

	r.Kind, r.SubmittedBy, r.AcknowledgeOthers, r.ResourceTypes = kind, "desk@example.org", true, types
	hosting := dsr.Target{
		Level:          dsr.HostingAccount,
		SubscriptionID: a.SubscriptionID,
		ResourceGroup:  a.ResourceGroup,
		Account:        a.ModelManagement,
	}
	team := dsr.Target{
		Level:          dsr.ExperimentationAccount,
		SubscriptionID: a.SubscriptionID,
		ResourceGroup:  a.ResourceGroup,
		Account:        a.Experimentation,
	}
	r.Confirm = []string{hosting.ID(), team.ID()}

	for ws := range a.Workspaces {
		t := team
		t.Level, t.Workspace = dsr.Workspace, a.WorkspaceName(ws)
		r.Confirm = append(r.Confirm, t.ID())
		for p := range a.Projects {
			t.Level, t.Project = dsr.Project, a.ProjectName(p)
			r.Confirm = append(r.Confirm, t.ID())
		}
	}

	body, err := json.Marshal(r)
	if err != nil {
		panic(err) // plain strings
	}

	return dsr.Message{ID: id, Body: body}
}

// approve waits for the deletion plan of a request and approves of it.
func (r *harness) approve(id string) dsr.DeletionPlan {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()

	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()

	for {
		plan, sum, planned, err := r.ledger.DeletionPlan(ctx, dsr.Attempt{RequestID: id, Number: 1})
		if err != nil {
			r.t.Fatal(err)
		}
		if planned {
			body, err := json.Marshal(map[string]string{"requestId": id, "planSha256": sum, "approvedBy": "officer@example.org"})
			if err != nil {
				r.t.Fatal(err)
			}
			r.send(dsr.QueueApprovals, dsr.Message{ID: "approve." + id, Body: body})
			return plan
		}

		<-tick.C
	}
}

// deletedAgain records what is deleted although a GET has answered that it is gone.
type deletedAgain struct {
	mu    sync.Mutex
	gone  map[string]bool // by path
	again []string
}

func (a *deletedAgain) before(r *http.Request) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.Method == http.MethodDelete && a.gone[r.URL.Path] {
		a.again = append(a.again, r.URL.Path)
	}
	return false
}

func (a *deletedAgain) afterwards(r *http.Request, status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.Method == http.MethodGet && status == http.StatusNotFound {
		a.gone[r.URL.Path] = true
	}
}

func TestKilledDuringADeletionEachThingIsDeletedOnceAndProved(t *testing.T) {
	besideOthers(t)
	r := newHarness(t, options{account: account(times(80, 8)), faults: slow(), env: append(hasty(), "DELETES_ENABLED=true", "LOST_AFTER=5s")})
	ask := deletion("erased", dsr.KindExportThenDelete, r.account)
	if !*long { // two stages, and little to be read first
		ask = deletion("erased", dsr.KindDelete, r.account, "services", "images")
	}

	r.send(dsr.QueueRequests, ask)
	seen := &deletedAgain{gone: map[string]bool{}}
	r.upstream.watch(seen.before, seen.afterwards)
	plan := r.approve("erased")
	random := rand.New(rand.NewPCG(*seed, 40))
	h := r.handlers[0]
	for range times(20, 4) {
		select {
		case <-h.started:
		case <-time.After(patience):
			t.Fatal("the handler was not started again")
		}
		<-time.After(time.Duration(100+random.IntN(2900)) * time.Millisecond) // the random moment
		h.kill(syscall.SIGKILL)
	}

	m := r.await("erased", patience)
	r.awaitIdle()
	if m.Status != dsr.StatusSucceeded {
		t.Fatalf("closed as %s: %+v", m.Status, m.Failures)
	}

	r.checkEvidence("erased")
	r.checkErased("erased", plan)
	seen.mu.Lock()
	defer seen.mu.Unlock()

	for _, path := range seen.again {
		t.Errorf("%s: a DELETE was sent although it was known to be gone", path)
	}
}

// checkErased requires a proof of each thing of a plan and of no other, each deleted
// once, and nothing of the plan left.
func (r *harness) checkErased(id string, plan dsr.DeletionPlan) {
	r.t.Helper()
	want, paths := map[string]string{}, map[string]bool{}
	for _, s := range plan.Stages {
		for _, item := range s.Items {
			want[s.Endpoint+" "+s.Target+" "+item.Item] = dsr.OutcomeDeleted
			u, err := url.Parse(item.URL)
			if err != nil {
				r.t.Fatal(err)
			}
			paths[u.Path] = true
		}
	}

	a := dsr.Attempt{RequestID: id, Number: 1}
	m, _, _, err := r.ledger.Manifest(r.t.Context(), a)
	if err != nil {
		r.t.Fatal(err)
	}

	got := map[string]string{}
	for d, err := range r.ledger.Deletions(r.t.Context(), a, m) {
		if err != nil {
			r.t.Fatal(err)
		}
		got[d.Endpoint+" "+d.Target+" "+d.Item] = d.Outcome
	}

	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("proofs (-planned +got):\n%s", diff)
	}

	for path := range r.fake.Documents() {
		u, err := url.Parse(path)
		if err != nil {
			r.t.Fatal(err)
		}
		if paths[u.Path] {
			r.t.Errorf("%s is still there", u.Path)
		}
	}

	deleted := map[string]int{}
	for _, s := range r.fake.Served() {
		if s.Method == http.MethodDelete && s.Status >= 200 && s.Status < 300 {
			deleted[s.URL] += s.Count
		}
	}

	for path, n := range deleted {
		if n > 1 {
			r.t.Errorf("%s was deleted %d times", path, n)
		}
	}

	if len(deleted) != len(want) {
		r.t.Errorf("%d things were deleted, %d are planned", len(deleted), len(want))
	}
}
