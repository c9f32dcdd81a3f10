package simulation_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
	fake "azureml-dsr/test/emulator/fakeml"
)

const (
	experimentationID = "/subscriptions/sub-1/resourceGroups/group-1/providers/Microsoft.MachineLearningExperimentation/accounts/team"
	hostingID         = "/subscriptions/sub-1/resourceGroups/group-1/providers/Microsoft.MachineLearningModelManagement/accounts/models"
)

// deletionRequest is the standard request as one that deletes.
func (w *simulation) deletionRequest(change func(*dsr.Request)) string {
	w.t.Helper()
	var r dsr.Request
	if err := json.Unmarshal([]byte(exportRequest), &r); err != nil {
		w.t.Fatal(err)
	}

	r.Kind, r.SubmittedBy, r.AcknowledgeOthers = dsr.KindDelete, "desk@example.org", true
	r.Confirm = []string{hostingID, experimentationID}

	for ws := range w.account.Workspaces {
		id := experimentationID + "/workspaces/" + w.account.WorkspaceName(ws)
		r.Confirm = append(r.Confirm, id)
		for p := range w.account.Projects {
			r.Confirm = append(r.Confirm, id+"/projects/"+w.account.ProjectName(p))
		}
	}

	if change != nil {
		change(&r)
	}

	body, err := json.Marshal(r)
	if err != nil {
		w.t.Fatal(err)
	}

	return string(body)
}

// approve sends the approval of the deletion plan that is stored.
func (w *simulation) approve(change func(map[string]string)) {
	w.t.Helper()
	word := map[string]string{
		"requestId": testRequest, "planSha256": hashOf(readBlob(w.t, w.audit, attempt1.DeletionPlan())), "approvedBy": "officer@example.org",
	}
	if change != nil {
		change(word)
	}
	body, err := json.Marshal(word)
	if err != nil {
		w.t.Fatal(err)
	}
	w.send(dsr.QueueApprovals, dsr.Message{ID: "approval " + word["approvedBy"] + word["planSha256"], Body: body})
}

// deletes counts the DELETEs that the upstream has served, by row.
func (w *simulation) deletes() map[string]int {
	n := map[string]int{}
	for _, s := range w.upstream.Served() {
		if s.Method == http.MethodDelete {
			n[s.Endpoint] += s.Count
		}
	}
	return n
}

// replaceUpstream puts another upstream in the place of the simulation's.
func (w *simulation) replaceUpstream(opts fake.Options) {
	opts.Token, opts.PageSize = "secret", 2
	w.upstream = fake.New(opts)
	w.upstream.SetBase("http://127.0.0.1:9")
	w.front, w.live = w.upstream, nil
}

func (w *simulation) plans() dsr.DeletionPlan {
	return decode[dsr.DeletionPlan](w.t, readBlob(w.t, w.audit, attempt1.DeletionPlan()))
}

// inDeletionSimulation is inWorld with something of every row.
func inDeletionSimulation(t *testing.T, f func(t *testing.T, w *simulation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		account := smallAccount()
		account.Projects, account.Models, account.Manifests, account.Images, account.Services = 2, 3, 3, 3, 2
		account.Experiments, account.Assets = 2, 2
		w := newSimulation(t, account, 2)
		defer w.close()
		f(t, w)
	})
}

// deleted runs the standard request for deletion to its end, approved once.
func (w *simulation) deleted(change func(*dsr.Request)) {
	w.t.Helper()
	w.submit(w.deletionRequest(change))
	w.run(time.Hour)
	w.approve(nil)
	w.run(24 * time.Hour)
}

// deletions returns what the receipts prove.
func (w *simulation) deletions() []dsr.DeletionProof {
	var out []dsr.DeletionProof
	for _, name := range w.names(w.audit, attempt1.Receipts()) {
		out = append(out, decode[dsr.Receipt](w.t, readBlob(w.t, w.audit, name)).Deletions...)
	}
	return out
}

// proofs returns how each deletion of the receipts ended.
func (w *simulation) proofs() map[string]string {
	out := map[string]string{}
	for _, d := range w.deletions() {
		out[d.Endpoint+" "+d.Target+" "+d.Item] = d.Outcome
		if d.Outcome == dsr.OutcomeDeleted && (d.URL == "" || d.ConfirmedAt.IsZero()) {
			w.t.Errorf("proof %+v", d)
		}
	}
	return out
}

func (w *simulation) manifest() dsr.Manifest {
	w.t.Helper()
	if !w.idle() {
		w.t.Errorf("something is left open or waiting; dead: %v %v", w.dead(dsr.QueueApprovals), w.dead(dsr.QueueRequests))
	}
	return decode[dsr.Manifest](w.t, readBlob(w.t, w.audit, attempt1.Manifest()))
}

// verified wants the evidence of an attempt without a fault.
func (w *simulation) verified(a dsr.Attempt) {
	w.t.Helper()
	r, err := verify.Verify(w.t.Context(), twoContainers{archive.New(w.audit, nil), archive.New(w.exports, nil)}, a, &verify.Options{Same: map[string]string{"E24": "E19"}})
	if err != nil || len(r.Faults) > 0 {
		w.t.Errorf("verify: %v %+v", err, r.Faults)
	}
}

// reasons counts a manifest's failures by row and reason.
func reasons(m dsr.Manifest) map[string]int {
	n := map[string]int{}
	for _, f := range m.Failures {
		n[f.Endpoint+" "+f.Reason]++
	}
	return n
}

func planned(p dsr.DeletionPlan) map[string]int {
	n := map[string]int{}
	for _, s := range p.Stages {
		n[s.Endpoint] += len(s.Items)
	}
	return n
}

func smallAccountRun() string {
	a := smallAccount()
	return a.RunID(0, 0, 1)
}

// certified is what a certificate says, without times.
func (w *simulation) certified() (dsr.Status, map[string]string) {
	return w.manifest().Status, w.proofs()
}

// pairs serves each message with two processes at once, whose every call takes a
// time of its own, until no queue holds anything that is due soon.
func (w *simulation) pairs(r *rand.Rand, most time.Duration) {
	var mu sync.Mutex
	slow := func(string) {
		mu.Lock()
		pause := time.Duration(r.IntN(400)) * time.Millisecond
		mu.Unlock()
		<-time.After(pause)
	}

	a, b := w.newProcess(&faultInjector{gate: slow}), w.newProcess(&faultInjector{gate: slow})
	for deadline := time.Now().Add(most); !w.idle() && time.Now().Before(deadline); {
		var wg sync.WaitGroup
		served := w.pairOn(a, b, func(invoke func()) { wg.Go(invoke) })
		wg.Wait()
		if !served {
			<-time.After(time.Second)
		}
	}
}

// checkOrder holds the times of the proofs against what each node comes after.
func (w *simulation) checkOrder() {
	w.t.Helper()
	first, last := map[int]time.Time{}, map[int]time.Time{}
	for _, name := range w.names(w.audit, attempt1.Receipts()) {
		receipt := decode[dsr.Receipt](w.t, readBlob(w.t, w.audit, name))
		n, _, err := dsr.SplitNode(receipt.Node)
		if err != nil {
			w.t.Fatal(err)
		}

		for _, d := range receipt.Deletions {
			if at, ok := first[n]; !d.DeletedAt.IsZero() && (!ok || d.DeletedAt.Before(at)) {
				first[n] = d.DeletedAt
			}
			if d.ConfirmedAt.After(last[n]) {
				last[n] = d.ConfirmedAt
			}
		}
	}

	for _, s := range w.plans().Stages {
		for before := range s.After.All() {
			if at, ok := first[s.Node]; ok && at.Before(last[before]) {
				w.t.Errorf("%s began %s before %d had been confirmed", s.Endpoint, last[before].Sub(first[s.Node]), before)
			}
		}
	}
}
