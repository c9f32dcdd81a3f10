package simulation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
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

func TestADeletionIsPlannedApprovedAndProved(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		if n := w.deletes(); len(n) > 0 {
			t.Fatalf("deleted before anybody approved: %v", n)
		}

		plan := w.plans()
		var order []string
		for _, s := range plan.Stages {
			order = append(order, s.Endpoint)
		}

		if want := []string{"D04", "D05", "D03", "D02", "D01", "D06", "D06", "D07", "D08"}; !slices.Equal(order, want) {
			t.Errorf("planned %v, want %v", order, want)
		}

		w.approve(nil)
		w.run(2 * time.Hour)
		m := w.manifest()
		if m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		want := map[string]int{"D01": 1, "D02": 3, "D03": 3, "D04": 2, "D05": 3, "D06": 2, "D07": 1, "D08": 1}
		if got := planned(plan); !maps.Equal(got, want) {
			t.Errorf("planned %v, want %v", got, want)
		}
		if got := w.deletes(); !maps.Equal(got, want) {
			t.Errorf("the upstream served %v DELETEs, want %v", got, want)
		}

		proofs := w.proofs()
		if len(proofs) != 16 {
			t.Errorf("%d proofs, want one for each thing", len(proofs))
		}

		r, err := verify.Verify(t.Context(), twoContainers{archive.New(w.audit, nil), archive.New(w.exports, nil)}, attempt1, &verify.Options{Same: map[string]string{"E24": "E19"}})
		if err != nil || len(r.Faults) > 0 || m.DeletionPlan == nil || m.Approval == nil {
			t.Errorf("verify: %v %+v", err, r.Faults)
		}

		for id, n := range want {
			if m.Totals[id].Documents != int64(n) {
				t.Errorf("%s: %d deleted, want %d", id, m.Totals[id].Documents, n)
			}
		}

		for what, outcome := range proofs {
			if outcome != dsr.OutcomeDeleted {
				t.Errorf("%s: %s", what, outcome)
			}
		}

		for _, name := range w.names(w.exports, attempt1.Prefix()+"data/runs/") {
			if body := readBlob(t, w.exports, name); strings.Contains(name, "/part-") && !strings.Contains(string(body), `"document":null`) {
				t.Errorf("%s keeps a copy: %.200s", name, body)
			}
		}
	})
}

// opened counts how often a blob is read.
type opened struct {
	archive.Backend
	name  string
	times *int
}

func (o opened) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	if name == o.name {
		*o.times++
	}
	return o.Backend.Open(ctx, name, offset)
}

func TestADeletionPlanIsNotReadByEachTaskAnew(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		w.approve(nil)
		times := 0
		w.audit, w.live = opened{w.audit, attempt1.DeletionPlan(), &times}, nil
		w.run(2 * time.Hour)
		if m := w.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s %v", m.Status, m.Failures)
		}

		if times > 2 { // once by the process, and once as it is to be vouched for
			t.Errorf("16 tasks read it %d times", times)
		}
	})
}

func TestAContainersPlanCountsWhoseDocumentsItTakes(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)

		for _, s := range w.plans().Stages {
			if s.Container != (s.Matching+s.Others > 0) {
				t.Errorf("%s counts %d matching and %d others", s.Endpoint, s.Matching, s.Others)
			}
			// Three runs, of which the first is the subject's.
			if s.Endpoint == "D06" && (s.Matching == 0 || s.Others < 2) {
				t.Errorf("D06 counts %d matching and %d others", s.Matching, s.Others)
			}

			for _, item := range s.Items {
				if item.URL == "" {
					t.Errorf("%s %+v", s.Endpoint, item)
				}
			}
		}
	})
}

// Nothing of this deletes anything.
func TestNothingIsDeletedUnlessAllIsRight(t *testing.T) {
	tests := []struct {
		name    string
		request func(*dsr.Request)
		do      func(w *simulation)
		dead    string // of the requests or approvals
		status  dsr.Status
		reason  string
	}{
		{name: "a dry run", request: func(r *dsr.Request) { r.DryRun = true }, status: dsr.StatusSucceeded},
		{name: "nobody approves"},
		{name: "the same person approves", do: func(w *simulation) {
			w.approve(func(a map[string]string) { a["approvedBy"] = " Desk@Example.org" })
		}, dead: "whoever submitted the request can't approve it"},
		{name: "another plan is approved", do: func(w *simulation) {
			w.approve(func(a map[string]string) { a["planSha256"] = hashOf(nil) })
		}, dead: "it is not the SHA-256 of the request's deletion plan"},
		{name: "an account is not confirmed", request: func(r *dsr.Request) { r.Confirm = r.Confirm[1:] }, dead: "ConfirmationMissing"},
		{name: "a project that was found is not confirmed", request: func(r *dsr.Request) { r.Confirm = r.Confirm[:len(r.Confirm)-1] },
			status: dsr.StatusPartiallyFailed, reason: "D06 ConfirmationMissing"},
		{name: "what others have is not acknowledged", request: func(r *dsr.Request) { r.AcknowledgeOthers = false },
			status: dsr.StatusPartiallyFailed, reason: "D06 OthersNotAcknowledged"},
		{name: "something could not be read", do: func(*simulation) {}, status: dsr.StatusPartiallyFailed, reason: "D06 InventoryFailed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inDeletionSimulation(t, func(t *testing.T, w *simulation) {
				if tt.reason == "D06 InventoryFailed" {
					w.upstream.SetFaults(fake.Fault{Endpoint: "E16", Status: 403, Match: "run-000001"})
				}

				w.submit(w.deletionRequest(tt.request))
				w.run(time.Hour)

				if tt.do != nil && tt.reason == "" {
					tt.do(w)
				}

				w.run(time.Hour)

				if n := w.deletes(); len(n) > 0 {
					t.Errorf("deleted %v", n)
				}

				dead := strings.Join(append(w.dead(dsr.QueueRequests), w.dead(dsr.QueueApprovals)...), " ")
				if (dead == "") != (tt.dead == "") || !strings.Contains(dead, tt.dead) {
					t.Errorf("dead letters %q, want %q", dead, tt.dead)
				}

				if tt.status == "" {
					if names := w.names(w.audit, attempt1.Manifest()); len(names) > 0 {
						t.Error("it is closed")
					}
					return
				}

				m := w.manifest()
				if m.Status != tt.status || (tt.reason != "" && reasons(m)[tt.reason] == 0) {
					t.Errorf("%s, failures %v; want %s, %s", m.Status, reasons(m), tt.status, tt.reason)
				}

				w.verified(attempt1)

				if tt.status == dsr.StatusSucceeded && len(w.plans().Stages) != 9 {
					t.Errorf("planned %v", planned(w.plans()))
				}
			})
		})
	}
}

func (w *simulation) hold(on string) {
	w.t.Helper()
	if _, err := w.records().RecordHold(context.Background(), dsr.Hold{
		ID:     "case-1",
		Number: 1,
		On:     on,
		Reason: "litigation",
		At:     time.Now(),
	}); err != nil {
		w.t.Fatal(err)
	}
}

func TestAHoldKeepsAThingAndAllContainersOfIt(t *testing.T) {
	run := smallAccountRun()
	project := experimentationID + "/workspaces/workspace-00/projects/project-00"
	for name, tt := range map[string]struct {
		on   string
		kept []string // rows and targets, or items
	}{
		"a run":                 {run, []string{"D06 " + project, "D07 " + experimentationID, "D08 " + experimentationID}},
		"a run by its path":     {project + "/runs/" + run, []string{"D06 " + project, "D07 " + experimentationID, "D08 " + experimentationID}},
		"a project":             {project, []string{"D06 " + project, "D07 " + experimentationID, "D08 " + experimentationID}},
		"a whole account":       {strings.ToUpper(hostingID), []string{"D01", "D02", "D03", "D04", "D05"}},
		"what an account is in": {"/subscriptions/sub-1", []string{"D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08"}},
	} {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s late=%t", name, late), func(t *testing.T) {
				inDeletionSimulation(t, func(t *testing.T, w *simulation) {
					if !late {
						w.hold(tt.on)
					}

					w.submit(w.deletionRequest(nil))
					w.run(time.Hour)

					if got := len(w.plans().Held) > 0; got == late {
						t.Errorf("the plan names as held %+v", w.plans().Held)
					}
					if late {
						w.hold(tt.on)
					}

					w.approve(nil)
					w.run(24 * time.Hour)
					m := w.manifest()

					for what, outcome := range w.proofs() {
						kept := slices.ContainsFunc(tt.kept, func(k string) bool { return strings.HasPrefix(what, k) })
						if kept != (outcome != dsr.OutcomeDeleted) {
							t.Errorf("%s: %s", what, outcome)
						}
					}

					if m.Status == dsr.StatusSucceeded {
						t.Error("what is held is not done")
					}

					for id := range w.deletes() {
						if slices.Contains(tt.kept, id) {
							t.Errorf("a DELETE of %s was sent", id)
						}
					}
				})
			})
		}
	}
}

func smallAccountRun() string {
	a := smallAccount()
	return a.RunID(0, 0, 1)
}

func TestDeletionsThatTakeTheirTime(t *testing.T) {
	for name, d := range map[string]fake.Deletion{
		"an operation":                       {Takes: 3 * time.Minute, AsyncOperation: true},
		"an operation by a relative link":    {Takes: 3 * time.Minute, AsyncOperation: true, Relative: true, RetryAfter: "20"},
		"a location":                         {Takes: 3 * time.Minute, Location: true, Status: 204},
		"longer than an invocation":          {Takes: 25 * time.Minute, AsyncOperation: true, RetryAfter: "30"},
		"a 202 that says no place to ask":    {Takes: 20 * time.Second},
		"visible for a while":                {LingerFor: 20 * time.Second},
		"visible for longer than is waited":  {LingerFor: 5 * time.Minute},
		"204 and 404 as the services say it": {Status: 204, Missing: 204},
	} {
		t.Run(name, func(t *testing.T) {
			inDeletionSimulation(t, func(t *testing.T, w *simulation) {
				w.replaceUpstream(fake.Options{Account: w.account, Deletion: d})
				w.deleted(nil)
				m := w.manifest()
				if m.Status != dsr.StatusSucceeded {
					t.Fatalf("%s: %v", m.Status, m.Failures)
				}

				if proofs := w.proofs(); len(proofs) != 16 {
					t.Errorf("%d proofs", len(proofs))
				}
			})
		})
	}
}

func TestWhatComesBackIsDeletedAgain(t *testing.T) {
	for name, comesBack := range map[string]fake.Deletion{
		"when it was looked for": {ReturnAfterReads: 1}, "within the confirmation time": {ReturnAfter: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inDeletionSimulation(t, func(t *testing.T, w *simulation) {
				w.submit(w.deletionRequest(nil))
				w.run(time.Hour)
				w.upstream.SetFaults(fake.Fault{Endpoint: "D02", Times: 1, Deletion: comesBack})
				w.approve(nil)
				w.run(24 * time.Hour)

				if m := w.manifest(); m.Status != dsr.StatusSucceeded {
					t.Errorf("%s: %v", m.Status, m.Failures)
				}
				if n := w.deletes()["D02"]; n != 4 {
					t.Errorf("%d DELETEs of three models, one of which came back", n)
				}
			})
		})
	}
}

func TestAnOperationThatFailsIsAFailureAndStopsWhatDependsOnIt(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		w.upstream.SetFaults(fake.Fault{Endpoint: "D05", Status: 403, Times: 1})
		w.approve(nil)
		w.run(24 * time.Hour)
		got := reasons(w.manifest())
		want := map[string]int{"D05 Forbidden": 1, "D03 DependencyFailed": 3, "D02 DependencyFailed": 3, "D01 DependencyFailed": 1}
		if !maps.Equal(got, want) {
			t.Errorf("failures %v, want %v: the other account's go on", got, want)
		}
		if n := w.deletes(); n["D08"] != 1 || n["D03"] != 0 {
			t.Errorf("DELETEs %v", n)
		}
	})
}

func TestWhatCannotBeSeenToBeGoneIsUnconfirmedAndTriedAgain(t *testing.T) {
	for status, times := range map[int]int{403: 2, 500: 6} { // of the 500s some are quick retries
		inDeletionSimulation(t, func(t *testing.T, w *simulation) {
			w.submit(w.deletionRequest(nil))
			w.run(time.Hour)
			refusals, front := map[string]int{}, w.front
			w.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
				model := strings.Contains(r.URL.Path, "/models/model")
				if model && r.Method == http.MethodGet && refusals[r.URL.Path] > 0 {
					refusals[r.URL.Path]--
					out.WriteHeader(status)
					return
				}

				front.ServeHTTP(out, r)

				if model && r.Method == http.MethodDelete {
					refusals[r.URL.Path] = times
				}
			})

			w.live = nil
			w.approve(nil)
			w.run(24 * time.Hour)

			if m := w.manifest(); m.Status != dsr.StatusSucceeded {
				t.Errorf("%d: %s %v", status, m.Status, m.Failures)
			}
			if classes := w.names(w.audit, attempt1.Prefix()+"hops/"); len(classes) < 10 { // one a stage, and what was tried again
				t.Errorf("%d: nothing was tried again: %v", status, classes)
			}

			for what, outcome := range w.proofs() {
				if outcome != dsr.OutcomeDeleted {
					t.Errorf("%s: %s", what, outcome)
				}
			}
		})
	}
}

func TestAConflictIsWaitedForAndThenReported(t *testing.T) {
	for times, status := range map[int]dsr.Status{2: dsr.StatusSucceeded, 0: dsr.StatusPartiallyFailed} {
		inDeletionSimulation(t, func(t *testing.T, w *simulation) {
			w.submit(w.deletionRequest(nil))
			w.run(time.Hour)
			w.upstream.SetFaults(fake.Fault{Endpoint: "D07", Status: 409, Times: times})
			w.approve(nil)
			w.run(24 * time.Hour)

			if m := w.manifest(); m.Status != status {
				t.Errorf("409 %d times: %s, %v", times, m.Status, m.Failures)
			} else if slices.ContainsFunc(m.Failures, func(f dsr.Failure) bool { return f.Item == "" }) {
				t.Errorf("a failure doesn't name what was not deleted: %+v", m.Failures)
			}
		})
	}
}

func TestWhatIsNotThePlannedThingIsLeftAlone(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		model := w.account.ModelID(0)
		w.upstream.SetFaults(fake.Fault{
			Endpoint: "E03",
			Match:    url.PathEscape(model),
			Status:   200,
			Body:     `{"id":"` + model + `","createdTime":"2030-01-01T00:00:00Z"}`,
		})
		w.approve(nil)
		w.run(24 * time.Hour)

		if got := reasons(w.manifest()); got["D02 NotAsPlanned"] != 1 {
			t.Errorf("failures %v", got)
		}
		if n := w.deletes(); n["D02"] != 2 || n["D01"] != 0 {
			t.Errorf("DELETEs %v: the newer model and its account stay", n)
		}
	})
}

// Somebody makes a new model under the name of one just after its DELETE: at once,
// or when a GET has already said that it is gone.
func TestWhatIsMadeAnewUnderADeletedNameIsToldAndLeftAlone(t *testing.T) {
	for name, after := range map[string]string{"at once": http.MethodDelete, "before it is confirmed": http.MethodGet} {
		t.Run(name, func(t *testing.T) {
			inDeletionSimulation(t, func(t *testing.T, w *simulation) {
				w.submit(w.deletionRequest(nil))
				w.run(time.Hour)
				model, front, deleted, renewed := w.account.ModelID(0), w.front, false, false
				w.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
					front.ServeHTTP(out, r)
					if !strings.HasSuffix(r.URL.EscapedPath(), "/models/"+url.PathEscape(model)) {
						return
					}

					deleted = deleted || r.Method == http.MethodDelete
					if deleted && !renewed && r.Method == after {
						renewed = true
						if err := w.upstream.Recreate(r.URL.String()); err != nil {
							t.Error(err)
						}
					}
				})

				w.live = nil
				w.approve(nil)
				w.run(24 * time.Hour)
				m := w.manifest()
				i := slices.IndexFunc(m.Failures, func(f dsr.Failure) bool { return f.Item == model })
				if i < 0 || m.Failures[i].Reason != dsr.ReasonNotAsPlanned || !strings.Contains(m.Failures[i].Error, "what was planned is gone") {
					t.Errorf("failures %+v", m.Failures)
				}
				if n := w.deletes(); n["D02"] != 3 || n["D01"] != 0 {
					t.Errorf("DELETEs %v: each model once, and the account of the new one stays", n)
				}

				for _, d := range w.deletions() {
					if d.Item == model && (d.Outcome != dsr.OutcomeFailed || d.DeletedAt.IsZero() || !d.ConfirmedAt.IsZero()) {
						t.Errorf("proof %+v", d)
					}
				}

				w.verified(attempt1)
			})
		})
	}
}

func TestWhatHasGrownGoesBackToApproval(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		w.approve(nil)
		account := w.account
		account.Runs++ // somebody has started another run in each project
		w.replaceUpstream(fake.Options{Account: account})
		w.run(24 * time.Hour)
		m := decode[dsr.Manifest](t, readBlob(t, w.audit, attempt1.Manifest()))
		if got := reasons(m); got["D06 GrownSincePlan"] != 2 || got["D08 DependencyFailed"] != 1 {
			t.Errorf("failures %v", got)
		}

		if n := w.deletes(); n["D06"] != 0 || n["D08"] != 0 || n["D01"] != 1 {
			t.Fatalf("DELETEs %v", n)
		}

		// What is left is planned again, and waits for another approval.
		second := attemptOf(2)
		plan := decode[dsr.DeletionPlan](t, readBlob(t, w.audit, second.DeletionPlan()))
		if want := map[string]int{"D06": 2, "D07": 1, "D08": 1}; !maps.Equal(planned(plan), want) {
			t.Errorf("planned anew %v, want %v", planned(plan), want)
		}

		w.approve(func(a map[string]string) { a["planSha256"] = hashOf(readBlob(t, w.audit, second.DeletionPlan())) })
		w.run(24 * time.Hour)
		m = decode[dsr.Manifest](t, readBlob(t, w.audit, second.Manifest()))
		if n := w.deletes(); m.Status != dsr.StatusSucceeded || n["D06"] != 2 || n["D08"] != 1 || !w.idle() {
			t.Errorf("the second attempt is %s, %v; DELETEs %v", m.Status, m.Failures, n)
		}

		w.verified(second)
	})
}

func TestAReleasedHoldIsDeletedByARetry(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.hold(smallAccountRun())
		w.deleted(func(r *dsr.Request) { r.Kind, r.EraseExports = dsr.KindExportThenDelete, true }) // its own copy is no earlier one
		if got := w.manifest(); got.Status != dsr.StatusPartiallyFailed {
			t.Fatalf("%s", got.Status)
		}
		if _, err := w.records().RecordHold(t.Context(), dsr.Hold{
			ID:       "case-1",
			Number:   2,
			On:       smallAccountRun(),
			Released: true,
		}); err != nil {
			t.Fatal(err)
		}

		w.order(2)
		w.run(time.Hour)
		w.approve(func(a map[string]string) { a["planSha256"] = hashOf(readBlob(t, w.audit, attemptOf(2).DeletionPlan())) })
		w.run(24 * time.Hour)
		m := decode[dsr.Manifest](t, readBlob(t, w.audit, attemptOf(2).Manifest()))
		if n := w.deletes(); m.Status != dsr.StatusSucceeded || n["D06"] != 2 || n["D08"] != 1 {
			t.Errorf("the second attempt is %s, %v; DELETEs %v", m.Status, m.Failures, n)
		}
	})
}

func TestAnExportIsReadBackBeforeAnythingIsDeleted(t *testing.T) {
	export := func(r *dsr.Request) { r.Kind = dsr.KindExportThenDelete }
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(export))
		w.run(time.Hour)
		w.approve(nil)
		w.run(24 * time.Hour)
		m := w.manifest()
		if m.Status != dsr.StatusSucceeded || m.Totals["E16"].Documents != 6 || m.Totals["D06"].Documents != 2 {
			t.Errorf("%s %v, E16 %+v, D06 %+v", m.Status, m.Failures, m.Totals["E16"], m.Totals["D06"])
		}

		w.verified(attempt1)
	})

	for _, broken := range []string{"data/runs/", "/content/"} {
		inDeletionSimulation(t, func(t *testing.T, w *simulation) {
			done := false
			w.boot = func() *process {
				return w.newProcess(&faultInjector{gate: func(name string) {
					if done || !strings.HasPrefix(name, "put "+attempt1.Pages()) || len(w.names(w.audit, attempt1.Prefix()+"hops/")) > 0 {
						return
					}
					for _, blob := range w.names(w.exports, attempt1.Prefix()) { // somebody has been at the copy
						if !done && strings.Contains(blob, broken) && w.exported() {
							done = w.exports.Delete(context.Background(), blob) == nil
						}
					}
				}})
			}

			w.submit(w.deletionRequest(export))
			w.run(24 * time.Hour)

			if n := w.deletes(); len(n) > 0 || !done {
				t.Errorf("deleted %v, broken %t", n, done)
			}
			if got := reasons(w.manifest()); got["read-back Changed"] != 1 || got["D06 InventoryFailed"] != 2 {
				t.Errorf("failures %v", got)
			}
		})
	}
}

func TestADocumentTooLongToHoldIsDeletedToo(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		model, front := url.PathEscape(w.account.ModelID(0)), w.front
		w.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.EscapedPath(), "/models/"+model) {
				out = &padded{ResponseWriter: out}
			}
			front.ServeHTTP(out, r)
		})

		w.deleted(func(r *dsr.Request) { r.Kind = dsr.KindExportThenDelete })

		if m := w.manifest(); m.Status != dsr.StatusSucceeded || w.deletes()["D02"] != w.account.Models {
			t.Errorf("%s %v; %d of %d models deleted", m.Status, m.Failures, w.deletes()["D02"], w.account.Models)
		}
	})
}

// padded puts more spaces before a body than a worker holds.
type padded struct {
	http.ResponseWriter
	begun bool
}

func (p *padded) WriteHeader(status int) {
	p.Header().Del("Content-Length")
	p.ResponseWriter.WriteHeader(status)
}

func (p *padded) Write(b []byte) (int, error) {
	if !p.begun {
		p.begun = true
		if _, err := p.ResponseWriter.Write(bytes.Repeat([]byte(" "), 300<<10)); err != nil {
			return 0, err
		}
	}
	return p.ResponseWriter.Write(b)
}

// exported reports whether all that is read first has its receipts.
func (w *simulation) exported() bool {
	plan, found, err := w.records().Plan(context.Background(), attempt1)
	if err != nil || !found {
		return false
	}
	for t, err := range survey.New(w.records(), plan.Reading()).Tasks(context.Background()) {
		if err != nil || !t.Done {
			return false
		}
	}
	return true
}

func TestEarlierExportsAreErasedLastOfAll(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.send(dsr.QueueRequests, dsr.Message{ID: "earlier", Body: []byte(strings.Replace(exportRequest, testRequest, "earlier", 1))})
		w.send(dsr.QueueRequests, dsr.Message{ID: "elsewhere", Body: []byte(strings.NewReplacer(testRequest, "elsewhere", "sub-1", "sub-2").Replace(exportRequest))})
		w.send(dsr.QueueRequests, dsr.Message{ID: "neighbor", Body: []byte(strings.NewReplacer(testRequest, "neighbor", "team", "team-2", `"models"`, `"models-2"`).Replace(exportRequest))})
		w.run(time.Hour)
		earlier := w.names(w.audit, "earlier/")
		w.live = w.newProcess(&faultInjector{gate: func(name string) {
			if n := len(w.deletions()); strings.HasPrefix(name, "delete earlier/") && n != 16 {
				t.Errorf("%s when %d of 16 things are deleted", name, n)
			}
		}})

		w.deleted(func(r *dsr.Request) { r.EraseExports = true })
		if m := w.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s %v", m.Status, m.Failures)
		}

		if left := w.names(w.exports, "earlier/"); len(left) > 0 {
			t.Errorf("still stored: %v", left)
		}

		r := decode[dsr.Retention](t, readBlob(t, w.audit, "earlier/1/retention.json"))
		if r.ErasedBy != testRequest || r.Documents == 0 || len(w.names(w.audit, "earlier/")) != len(earlier)+1 {
			t.Errorf("recorded %+v; evidence before %v", r, earlier)
		}
		if kept := w.names(w.exports, "elsewhere/"); len(kept) == 0 {
			t.Error("another place's export is gone")
		}
		if gone := w.names(w.audit, "neighbor/1/retention"); len(gone) > 0 {
			t.Error("the export of other accounts in the same group is gone")
		}
		if own := w.names(w.exports, testRequest+"/"); len(own) == 0 {
			t.Error("what the request itself keeps is gone before it has expired")
		}

		w.verified(attempt1)
	})
}

func TestAHoldKeepsAnEarlierExport(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		for _, id := range []string{"earlier", "held", "later"} {
			w.send(dsr.QueueRequests, dsr.Message{ID: id, Body: []byte(strings.Replace(exportRequest, testRequest, id, 1))})
		}

		w.run(time.Hour)
		w.hold("held")
		w.deleted(func(r *dsr.Request) { r.EraseExports = true })

		if m := w.manifest(); m.Status != dsr.StatusPartiallyFailed || reasons(m)["erase-exports Held"] != 1 {
			t.Errorf("%s %v", m.Status, m.Failures)
		}
		if kept := w.names(w.exports, "held/"); len(kept) == 0 {
			t.Error("the held export is gone")
		}
		if left := slices.Concat(w.names(w.exports, "earlier/"), w.names(w.exports, "later/")); len(left) > 0 {
			t.Errorf("still stored: %v", left)
		}
	})
}

func TestAnEarlierExportIsKeptWhenADeletionFails(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.send(dsr.QueueRequests, dsr.Message{ID: "earlier", Body: []byte(strings.Replace(exportRequest, testRequest, "earlier", 1))})
		w.run(time.Hour)
		w.upstream.SetFaults(fake.Fault{Endpoint: "D07", Status: 403, Times: 1})
		before := w.names(w.exports, "earlier/")
		w.deleted(func(r *dsr.Request) { r.EraseExports = true })
		want := map[string]int{"D07 Forbidden": 1, "D08 DependencyFailed": 1, "erase-exports DependencyFailed": 1}
		if got := reasons(w.manifest()); !maps.Equal(got, want) {
			t.Errorf("failures %v, want %v", got, want)
		}
		if kept := w.names(w.exports, "earlier/"); !slices.Equal(kept, before) {
			t.Errorf("of %d blobs of the copy %d are left", len(before), len(kept))
		}

		w.verified(attempt1)
	})
}

func TestALargeCopyIsErasedInSeveralInvocations(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.send(dsr.QueueRequests, dsr.Message{ID: "earlier", Body: []byte(strings.Replace(exportRequest, testRequest, "earlier", 1))})
		w.run(time.Hour)

		for i := range 800 {
			if err := w.exports.Put(t.Context(), fmt.Sprintf("earlier/1/data/artifacts/content/%03d", i), []byte("x"), nil); err != nil {
				t.Fatal(err)
			}
		}

		w.boot = func() *process {
			return w.newProcess(&faultInjector{gate: func(name string) {
				if strings.HasPrefix(name, "delete earlier/1/") {
					<-time.After(time.Minute)
				}
			}})
		}

		w.live = nil
		w.deleted(func(r *dsr.Request) { r.EraseExports = true })

		if m := w.manifest(); m.Status != dsr.StatusSucceeded {
			t.Errorf("%s %v", m.Status, m.Failures)
		}
		if left := w.names(w.exports, "earlier/"); len(left) > 0 {
			t.Errorf("%d blobs are still stored", len(left))
		}

		unfinished := 0
		for _, name := range w.names(w.audit, attempt1.Prefix()+"hops/") {
			switch h := decode[dsr.Hop](t, readBlob(t, w.audit, name)); h.Class {
			case dsr.HopUnfinished:
				if unfinished++; h.Progress == 0 {
					t.Errorf("%s counts no progress", name)
				}
			case dsr.HopStage:
			default:
				t.Errorf("%s: %s, %s", name, h.Class, h.LastError)
			}
		}

		if unfinished < 2 {
			t.Errorf("%d invocations were too short: the copy is too small for this test", unfinished)
		}
	})
}

func TestCancelStopsBetweenTwoDeletes(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		w.approve(nil)

		for w.deletes()["D05"] == 0 {
			if !w.step() {
				<-time.After(time.Second)
			}
		}

		if err := w.audit.Put(context.Background(), attempt1.Cancel(), []byte("{}"), nil); err != nil {
			t.Fatal(err)
		}

		at := w.deletes()
		w.run(24 * time.Hour)

		if m := w.manifest(); m.Status != dsr.StatusCanceled {
			t.Errorf("%s", m.Status)
		}
		if n := w.deletes(); n["D03"] != 0 || n["D08"] > at["D08"] || n["D05"] > at["D05"]+1 {
			t.Errorf("DELETEs %v, at the cancel %v", n, at)
		}

		for what, outcome := range w.proofs() {
			if strings.HasPrefix(what, "D05") && outcome != dsr.OutcomeDeleted {
				t.Errorf("%s: %s, and it was deleted", what, outcome)
			}
		}
	})
}

func TestACancelAfterADeleteStillProvesIt(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		crash := &faultInjector{on: func(name string) bool {
			return w.deletes()["D05"] > 0 && strings.HasPrefix(name, "put "+attempt1.Receipts())
		}}
		w.live = w.newProcess(crash)
		w.approve(nil)

		for !crash.isDead() {
			if !w.step() {
				<-time.After(time.Second)
			}
		}

		gone := w.deletes()["D05"]
		if err := w.audit.Put(context.Background(), attempt1.Cancel(), []byte("{}"), nil); err != nil {
			t.Fatal(err)
		}
		nudge, err := dsr.WakeUpMessage(attempt1, time.Now())
		if err != nil {
			t.Fatal(err)
		}

		<-time.After(time.Minute)                                                      // longer than a reconciler rests
		if err := w.boot().Reconciler.Reconcile(t.Context(), nudge.Body); err != nil { // before anybody has proved it
			t.Fatal(err)
		}

		w.run(24 * time.Hour)
		m, proved := w.manifest(), 0
		for d, err := range w.records().Deletions(t.Context(), attempt1, m) {
			if err != nil {
				t.Fatal(err)
			}
			if d.Endpoint == "D05" && d.Outcome == dsr.OutcomeDeleted {
				proved++
			}
		}

		if m.Status != dsr.StatusCanceled || proved < gone {
			t.Errorf("%s; %d are gone, %d of them proved", m.Status, gone, proved)
		}
	})
}

// certified is what a certificate says, without times.
func (w *simulation) certified() (dsr.Status, map[string]string) {
	return w.manifest().Status, w.proofs()
}

func TestACrashBeforeOrAfterAnyEffectOfADeletionProvesTheSame(t *testing.T) {
	var effects []string
	var want map[string]string
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		w.live = nil
		w.approve(nil)
		w.run(24 * time.Hour)
		effects = w.live.wire.names
		_, want = w.certified()
	})

	const every = 5 // of several hundred effects, many of them alike
	for n := range sampled(len(effects) / every) {
		i := n * every
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%03d %s after=%t", i+1, effects[i], after), func(t *testing.T) {
				inDeletionSimulation(t, func(t *testing.T, w *simulation) {
					w.submit(w.deletionRequest(nil))
					w.run(time.Hour)
					w.live = w.newProcess(&faultInjector{at: i + 1, after: after})
					w.approve(nil)
					w.run(24 * time.Hour)
					status, got := w.certified()
					if diff := cmp.Diff(want, got); status != dsr.StatusSucceeded || diff != "" {
						t.Errorf("%s; proofs (-undisturbed +got):\n%s", status, diff)
					}

					for id, n := range w.deletes() {
						if n > len(want) {
							t.Errorf("%s: %d DELETEs", id, n)
						}
					}
				})
			})
		}
	}
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

func TestTwoWorkersAndRandomDelaysKeepTheOrderOfTheStages(t *testing.T) {
	for n := range sampled(14) {
		t.Run(fmt.Sprintf("seed %d", n), func(t *testing.T) {
			inDeletionSimulation(t, func(t *testing.T, w *simulation) {
				r := rand.New(rand.NewPCG(uint64(n), 5))
				w.submit(w.deletionRequest(nil))
				w.pairs(r, 10*time.Minute)
				w.approve(nil)
				w.pairs(r, 12*time.Hour)
				if m := w.manifest(); m.Status != dsr.StatusSucceeded {
					t.Fatalf("%s %v", m.Status, m.Failures)
				}

				// A thing whose DELETE two workers sent at once is deleted once: the other
				// call found nothing, or found it going.
				deleted := map[string]int{}
				for _, s := range w.upstream.Served() {
					if s.Method == http.MethodDelete && s.Status < 300 {
						deleted[s.Endpoint] += s.Count
					}
				}

				want := map[string]int{"D01": 1, "D02": 3, "D03": 3, "D04": 2, "D05": 3, "D06": 2, "D07": 1, "D08": 1}
				if !maps.Equal(deleted, want) {
					t.Errorf("deleted %v, want %v", deleted, want)
				}

				for _, d := range w.deletions() { // whichever of the two was first with the receipt
					if d.Outcome != dsr.OutcomeDeleted || d.Status == 0 {
						t.Errorf("proof %+v", d)
					}
				}

				w.checkOrder()
			})
		})
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
