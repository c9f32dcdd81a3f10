package simulation_test

import (
	"encoding/json"
	"net/http"
	"testing"
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
func (sim *simulation) deletionRequest(change func(*dsr.Request)) string {
	sim.t.Helper()
	var r dsr.Request
	if err := json.Unmarshal([]byte(exportRequest), &r); err != nil {
		sim.t.Fatal(err)
	}

	r.Kind, r.SubmittedBy, r.AcknowledgeOthers = dsr.KindDelete, "desk@example.org", true
	r.Confirm = []string{hostingID, experimentationID}

	for ws := range sim.account.Workspaces {
		id := experimentationID + "/workspaces/" + sim.account.WorkspaceName(ws)
		r.Confirm = append(r.Confirm, id)
		for p := range sim.account.Projects {
			r.Confirm = append(r.Confirm, id+"/projects/"+sim.account.ProjectName(p))
		}
	}

	if change != nil {
		change(&r)
	}

	body, err := json.Marshal(r)
	if err != nil {
		sim.t.Fatal(err)
	}

	return string(body)
}

// approve sends the approval of the deletion plan that is stored.
func (sim *simulation) approve(change func(map[string]string)) {
	sim.t.Helper()
	word := map[string]string{
		"requestId": testRequest, "planSha256": hashOf(readBlob(sim.t, sim.audit, attempt1.DeletionPlan())), "approvedBy": "officer@example.org",
	}
	if change != nil {
		change(word)
	}
	body, err := json.Marshal(word)
	if err != nil {
		sim.t.Fatal(err)
	}
	sim.send(dsr.QueueApprovals, dsr.Message{ID: "approval " + word["approvedBy"] + word["planSha256"], Body: body})
}

// deletes counts the DELETEs that the upstream has served, by row.
func (sim *simulation) deletes() map[string]int {
	n := map[string]int{}
	for _, s := range sim.upstream.Served() {
		if s.Method == http.MethodDelete {
			n[s.Endpoint] += s.Count
		}
	}
	return n
}

// replaceUpstream replaces the simulation's upstream.
func (sim *simulation) replaceUpstream(opts fake.Options) {
	opts.Token, opts.PageSize = "secret", 2
	sim.upstream = fake.New(opts)
	sim.upstream.SetBase(upstreamURL)
	sim.front, sim.live = sim.upstream, nil
}

// deletionPlan returns the deletion plan of the first attempt.
func (sim *simulation) deletionPlan() dsr.DeletionPlan {
	return decode[dsr.DeletionPlan](sim.t, readBlob(sim.t, sim.audit, attempt1.DeletionPlan()))
}

// simulateDeletion runs a test in a simulation that has something of every row.
func simulateDeletion(t *testing.T, f func(t *testing.T, sim *simulation)) {
	t.Helper()
	account := smallAccount()
	account.Projects, account.Models, account.Manifests, account.Images, account.Services = 2, 3, 3, 3, 2
	account.Experiments, account.Assets = 2, 2
	simulateAccount(t, account, 2, f)
}

// planDeletion sends the standard request for deletion and runs it until its plan waits
// for approval.
func (sim *simulation) planDeletion(change func(*dsr.Request)) {
	sim.t.Helper()
	sim.submit(sim.deletionRequest(change))
	sim.run(time.Hour)
}

// executePlan approves the stored plan and runs the deletion to its end.
func (sim *simulation) executePlan() {
	sim.t.Helper()
	sim.approve(nil)
	sim.run(24 * time.Hour)
}

// runDeletion runs the standard request for deletion to its end, approved once.
func (sim *simulation) runDeletion(change func(*dsr.Request)) {
	sim.t.Helper()
	sim.planDeletion(change)
	sim.executePlan()
}

// deletions returns the proofs of all receipts.
func (sim *simulation) deletions() []dsr.DeletionProof {
	var out []dsr.DeletionProof
	for _, name := range sim.names(sim.audit, attempt1.Receipts()) {
		out = append(out, decode[dsr.Receipt](sim.t, readBlob(sim.t, sim.audit, name)).Deletions...)
	}
	return out
}

// proofs returns how each deletion ended, by its row, target and item.
func (sim *simulation) proofs() map[string]string {
	out := map[string]string{}
	for _, d := range sim.deletions() {
		out[d.Endpoint+" "+d.Target+" "+d.Item] = d.Outcome
		if d.Outcome == dsr.OutcomeDeleted && (d.URL == "" || d.ConfirmedAt.IsZero()) {
			sim.t.Errorf("proof %+v", d)
		}
	}
	return out
}

// manifest returns the manifest of the first attempt, which must have left nothing
// open or waiting.
func (sim *simulation) manifest() dsr.Manifest {
	sim.t.Helper()
	if !sim.idle() {
		sim.t.Errorf("something is left open or waiting; dead: %v %v", sim.deadLetters(dsr.QueueApprovals), sim.deadLetters(dsr.QueueRequests))
	}
	return sim.manifestOf(attempt1)
}

// checkEvidence checks that an attempt's evidence verifies without a fault.
func (sim *simulation) checkEvidence(a dsr.Attempt) {
	sim.t.Helper()
	r, err := verify.Verify(sim.t.Context(), twoContainers{archive.New(sim.audit, nil), archive.New(sim.exports, nil)}, a, &verify.Options{Same: map[string]string{"E24": "E19"}})
	if err != nil || len(r.Faults) > 0 {
		sim.t.Errorf("verifying attempt %d: %v %+v", a.Number, err, r.Faults)
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

// planned counts a plan's things by row.
func planned(p dsr.DeletionPlan) map[string]int {
	n := map[string]int{}
	for _, s := range p.Stages {
		n[s.Endpoint] += len(s.Items)
	}
	return n
}
