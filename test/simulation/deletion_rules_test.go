package simulation_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/test/emulator/fakeml"
)

func TestARequestsOwnHoldsKeepThings(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		model := w.account.ModelID(1)
		w.deleted(func(r *dsr.Request) { r.Hold = []string{model, smallAccountRun()} })
		held := map[string]string{} // by row, what the plan names
		for _, h := range w.plans().Held {
			held[h.Endpoint] = h.Item
		}

		if held["D02"] != model || held["D06"] != "" || held["D08"] != "" || len(held) != 5 {
			t.Errorf("the plan names as held %v", held)
		}

		kept := map[string]string{"D02 Held": model, "D06 Held": w.account.ProjectName(0)}
		for reason, name := range kept {
			if !slices.ContainsFunc(w.manifest().Failures, func(f dsr.Failure) bool {
				return f.Endpoint+" "+f.Reason == reason && strings.HasSuffix(f.Item, name)
			}) {
				t.Errorf("no %s of %s: %v", reason, name, w.manifest().Failures)
			}
		}

		if n := w.deletes(); n["D02"] != 2 || n["D06"] != 1 {
			t.Errorf("DELETEs %v", n)
		}
	})
}

func TestWhatIsNewInAContainerKeepsIt(t *testing.T) {
	for row, grow := range map[string]func(*fakeml.Account){
		"D01": func(a *fakeml.Account) { a.Models++ },
		"D07": func(a *fakeml.Account) { a.Projects++ },
		"D08": func(a *fakeml.Account) { a.Workspaces++ },
	} {
		t.Run(row, func(t *testing.T) {
			inDeletionSimulation(t, func(t *testing.T, w *simulation) {
				w.submit(w.deletionRequest(nil))
				w.run(time.Hour)
				w.approve(nil)
				account := w.account
				grow(&account)
				w.replaceUpstream(fakeml.Options{Account: account})
				w.run(24 * time.Hour)
				m := decode[dsr.Manifest](t, readBlob(t, w.audit, attempt1.Manifest()))
				if got := reasons(m); got[row+" GrownSincePlan"] != 1 {
					t.Errorf("failures %v", got)
				}
				if n := w.deletes(); n[row] != 0 {
					t.Errorf("DELETEs %v", n)
				}
			})
		})
	}
}

// A task looks itself whether its plan is the approved one, whatever has sent it.
func TestATaskOfAPlanThatIsNotApprovedDeletesNothing(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		w.approve(nil)

		for len(w.names(w.audit, attempt1.Prefix()+"hops/")) == 0 {
			if !w.step() {
				<-time.After(time.Second)
			}
		}

		other := []byte(`{"planSha256":"` + hashOf(nil) + `"}`)
		if err := w.audit.Delete(t.Context(), attempt1.Approval()); err != nil {
			t.Fatal(err)
		}
		if err := w.audit.Put(t.Context(), attempt1.Approval(), other, nil); err != nil {
			t.Fatal(err)
		}

		w.run(time.Hour)

		if n := w.deletes(); len(n) > 0 {
			t.Errorf("DELETEs %v", n)
		}

		proofs := w.proofs()
		for what, outcome := range proofs {
			if outcome != dsr.OutcomeFailed {
				t.Errorf("%s: %s", what, outcome)
			}
		}

		if len(proofs) == 0 {
			t.Error("no task has begun")
		}
	})
}

// A process dies when its DELETE was carried out and nothing says so yet, and the
// next one can't see the thing at first.
func TestWhatADeadProcessMayHaveDeletedIsNotTakenForRefused(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		deleted, refused, front := "", false, w.front
		crash := &faultInjector{on: func(name string) bool { return strings.HasPrefix(name, "put "+attempt1.Prefix()+"deletes/") }}
		w.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodDelete && deleted == "":
				deleted = r.URL.Path
			case crash.isDead() && !refused && r.URL.Path == deleted:
				refused = true
				out.WriteHeader(http.StatusForbidden)
				return
			}

			front.ServeHTTP(out, r)
		})

		w.live = w.newProcess(crash)
		w.approve(nil)
		w.run(24 * time.Hour)

		if m := w.manifest(); m.Status != dsr.StatusSucceeded || !refused {
			t.Errorf("%s %v", m.Status, m.Failures)
		}

		unanswered := 0
		for _, d := range w.deletions() {
			if d.Outcome != dsr.OutcomeDeleted {
				t.Errorf("proof %+v", d)
			}
			if d.Status == 0 {
				unanswered++
			}
		}

		if unanswered != 1 {
			t.Errorf("%d proofs without an answer, want that of the DELETE whose answer was lost", unanswered)
		}
	})
}

func TestNothingIsConfirmedWhileWhatItWasInCannotBeRead(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		blind, front := false, w.front
		w.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && blind && r.URL.Path == hostingID {
				out.WriteHeader(http.StatusForbidden)
				return
			}
			front.ServeHTTP(out, r)
			blind = blind || (r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/models/model"))
		})

		w.live = nil
		w.approve(nil)
		w.run(24 * time.Hour)
		want := map[string]int{"D02 Transient": 3, "D01 DependencyFailed": 1}
		if got := reasons(w.manifest()); !maps.Equal(got, want) {
			t.Errorf("failures %v, want %v", got, want)
		}
		if n := w.deletes()["D02"]; n != 3 {
			t.Errorf("%d DELETEs of three models", n)
		}
	})
}

// A container comes back, with something in it by now that the plan does not know.
func TestAContainerThatComesBackAndHasGrownIsLeftAlone(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		project, front, deletes := "/projects/"+w.account.ProjectName(0), w.front, 0
		w.upstream.SetFaults(fakeml.Fault{
			Endpoint: "D06",
			Match:    project,
			Times:    1,
			Deletion: fakeml.Deletion{ReturnAfterReads: 1},
		})
		account := w.account
		account.Runs++
		grown := fakeml.New(fakeml.Options{Account: account, Token: "secret", PageSize: 2})
		w.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if deletes > 0 && strings.HasSuffix(r.URL.Path, project+"/runs") {
				grown.ServeHTTP(out, r)
				return
			}
			front.ServeHTTP(out, r)
			if r.Method == http.MethodDelete && strings.HasSuffix(r.URL.Path, project) {
				deletes++
			}
		})

		w.live = nil
		w.approve(nil)
		w.run(time.Hour)

		if n := reasons(decode[dsr.Manifest](t, readBlob(t, w.audit, attempt1.Manifest())))["D06 GrownSincePlan"]; n != 1 || deletes != 1 {
			t.Errorf("%d failures, %d DELETEs", n, deletes)
		}
	})
}

// An answer is lost on its way, and the same call's next try finds nothing: it was
// not somebody else who deleted.
func TestAnAnswerThatWasLostIsNoOneElsesDeletion(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		lost, front := false, w.front
		w.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete && !lost {
				lost = true
				front.ServeHTTP(httptest.NewRecorder(), r)
				out.WriteHeader(http.StatusInternalServerError)
				return
			}
			front.ServeHTTP(out, r)
		})

		w.live = nil
		w.approve(nil)
		w.run(24 * time.Hour)

		if m := w.manifest(); m.Status != dsr.StatusSucceeded || !lost {
			t.Errorf("%s %v", m.Status, m.Failures)
		}

		for what, outcome := range w.proofs() {
			if outcome != dsr.OutcomeDeleted {
				t.Errorf("%s: %s", what, outcome)
			}
		}
	})
}

func TestAnEarlierExportThatIsOpenAgainIsNotErased(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.send(dsr.QueueRequests, dsr.Message{ID: "earlier", Body: []byte(strings.Replace(exportRequest, testRequest, "earlier", 1))})
		w.run(time.Hour)
		before := w.names(w.exports, "earlier/")
		if _, err := w.records().SwapOpen(t.Context(), dsr.OpenRecord{RequestID: "earlier", Attempt: 2, DueAt: time.Now().Add(time.Hour)}, ledger.Version{}); err != nil {
			t.Fatal(err)
		}

		w.deleted(func(r *dsr.Request) { r.EraseExports = true })
		m := decode[dsr.Manifest](t, readBlob(t, w.audit, attempt1.Manifest()))
		if got := reasons(m); got["erase-exports Transient"] != 1 {
			t.Errorf("failures %v", got)
		}
		if kept := w.names(w.exports, "earlier/"); !slices.Equal(kept, before) {
			t.Errorf("of %d blobs of the copy %d are left", len(before), len(kept))
		}
	})
}
