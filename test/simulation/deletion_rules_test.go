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
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		model := sim.account.ModelID(1)
		sim.runDeletion(func(r *dsr.Request) { r.Hold = []string{model, smallAccountRun()} })
		held := map[string]string{} // by row, what the plan names
		for _, h := range sim.deletionPlan().Held {
			held[h.Endpoint] = h.Item
		}

		if held["D02"] != model || held["D06"] != "" || held["D08"] != "" || len(held) != 5 {
			t.Errorf("the plan names as held %v", held)
		}

		kept := map[string]string{"D02 Held": model, "D06 Held": sim.account.ProjectName(0)}
		for reason, name := range kept {
			if !slices.ContainsFunc(sim.manifest().Failures, func(f dsr.Failure) bool {
				return f.Endpoint+" "+f.Reason == reason && strings.HasSuffix(f.Item, name)
			}) {
				t.Errorf("no %s of %s: %v", reason, name, sim.manifest().Failures)
			}
		}

		if n := sim.deletes(); n["D02"] != 2 || n["D06"] != 1 {
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
			simulateDeletion(t, func(t *testing.T, sim *simulation) {
				sim.planDeletion(nil)
				sim.approve(nil)
				account := sim.account
				grow(&account)
				sim.replaceUpstream(fakeml.Options{Account: account})
				sim.run(24 * time.Hour)
				m := sim.manifestOf(attempt1)
				if got := reasons(m); got[row+" GrownSincePlan"] != 1 {
					t.Errorf("failures %v", got)
				}
				if n := sim.deletes(); n[row] != 0 {
					t.Errorf("DELETEs %v", n)
				}
			})
		})
	}
}

// A task checks by itself that its plan is the approved one, whoever has sent it.
func TestATaskOfAPlanThatIsNotApprovedDeletesNothing(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		sim.approve(nil)

		sim.runUntil(func() bool { return len(sim.resends(attempt1)) > 0 })

		other := []byte(`{"planSha256":"` + hashOf(nil) + `"}`)
		if err := sim.audit.Delete(t.Context(), attempt1.Approval()); err != nil {
			t.Fatal(err)
		}
		if err := sim.audit.Put(t.Context(), attempt1.Approval(), other, nil); err != nil {
			t.Fatal(err)
		}

		sim.run(time.Hour)

		if n := sim.deletes(); len(n) > 0 {
			t.Errorf("DELETEs %v", n)
		}

		proofs := sim.proofs()
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

// A process dies after its DELETE was carried out and before that is recorded. The next
// process cannot see the thing at first.
func TestWhatADeadProcessMayHaveDeletedIsNotTakenForRefused(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		deleted, refused, front := "", false, sim.front
		crash := dyingBefore("put " + attempt1.Prefix() + "deletes/")
		sim.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
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

		sim.live = sim.newProcess(crash)
		sim.executePlan()

		if m := sim.manifest(); m.Status != dsr.StatusSucceeded || !refused {
			t.Errorf("%s %v", m.Status, m.Failures)
		}

		unanswered := 0
		for _, d := range sim.deletions() {
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
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		blind, front := false, sim.front
		sim.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && blind && r.URL.Path == hostingID {
				out.WriteHeader(http.StatusForbidden)
				return
			}
			front.ServeHTTP(out, r)
			blind = blind || (r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/models/model"))
		})

		sim.live = nil
		sim.executePlan()
		want := map[string]int{"D02 Transient": 3, "D01 DependencyFailed": 1}
		if got := reasons(sim.manifest()); !maps.Equal(got, want) {
			t.Errorf("failures %v, want %v", got, want)
		}
		if n := sim.deletes()["D02"]; n != 3 {
			t.Errorf("%d DELETEs of three models", n)
		}
	})
}

// A container comes back, with something in it by now that the plan does not know.
func TestAContainerThatComesBackAndHasGrownIsLeftAlone(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		project, front, deletes := "/projects/"+sim.account.ProjectName(0), sim.front, 0
		sim.upstream.SetFaults(fakeml.Fault{
			Endpoint: "D06",
			Match:    project,
			Times:    1,
			Deletion: fakeml.Deletion{ReturnAfterReads: 1},
		})
		account := sim.account
		account.Runs++
		grown := fakeml.New(fakeml.Options{Account: account, Token: "secret", PageSize: 2})
		sim.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if deletes > 0 && strings.HasSuffix(r.URL.Path, project+"/runs") {
				grown.ServeHTTP(out, r)
				return
			}
			front.ServeHTTP(out, r)
			if r.Method == http.MethodDelete && strings.HasSuffix(r.URL.Path, project) {
				deletes++
			}
		})

		sim.live = nil
		sim.approve(nil)
		sim.run(time.Hour)

		if n := reasons(sim.manifestOf(attempt1))["D06 GrownSincePlan"]; n != 1 || deletes != 1 {
			t.Errorf("%d failures, %d DELETEs", n, deletes)
		}
	})
}

// An answer is lost on its way, and the same call's next try finds nothing: it was
// not somebody else who deleted.
func TestAnAnswerThatWasLostIsNoOneElsesDeletion(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		lost, front := false, sim.front
		sim.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete && !lost {
				lost = true
				front.ServeHTTP(httptest.NewRecorder(), r)
				out.WriteHeader(http.StatusInternalServerError)
				return
			}
			front.ServeHTTP(out, r)
		})

		sim.live = nil
		sim.executePlan()

		if m := sim.manifest(); m.Status != dsr.StatusSucceeded || !lost {
			t.Errorf("%s %v", m.Status, m.Failures)
		}

		for what, outcome := range sim.proofs() {
			if outcome != dsr.OutcomeDeleted {
				t.Errorf("%s: %s", what, outcome)
			}
		}
	})
}

func TestAnEarlierExportThatIsOpenAgainIsNotErased(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.submitAs("earlier", exportRequest)
		sim.run(time.Hour)
		before := sim.names(sim.exports, "earlier/")
		if _, err := sim.records().SwapOpen(t.Context(), dsr.OpenRecord{RequestID: "earlier", Attempt: 2, DueAt: time.Now().Add(time.Hour)}, ledger.Version{}); err != nil {
			t.Fatal(err)
		}

		sim.runDeletion(func(r *dsr.Request) { r.EraseExports = true })
		m := sim.manifestOf(attempt1)
		if got := reasons(m); got["erase-exports Transient"] != 1 {
			t.Errorf("failures %v", got)
		}
		if kept := sim.names(sim.exports, "earlier/"); !slices.Equal(kept, before) {
			t.Errorf("of %d blobs of the copy %d are left", len(before), len(kept))
		}
	})
}
