package simulation_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestAJobThatRunsIsStoppedAlsoWhenItStartsAgain(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		t.Run(fmt.Sprintf("restarts=%t", restarts), func(t *testing.T) {
			erasedML(t, func(a *fake.Account) { a.ML.Restarts = restarts }, nil, func(t *testing.T, w *simulation) {
				if m := w.manifest(); m.Status != dsr.StatusSucceeded {
					t.Fatalf("%s, failures %+v", m.Status, m.Failures)
				}
				// Of hers the fourth run is running.
				if n := w.served("CW29"); n == 0 || (restarts && n < 2) {
					t.Errorf("%d cancels", n)
				}
			})
		})
	}
}

// A job that is being stopped is held: it takes its time until it can be deleted.
func TestAHoldThatComesWhileAJobIsStoppedKeepsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSimulation(t, mlAccount(), 2)
		defer w.close()

		running := w.account.MLRunID(0, 1, 0)
		w.front = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			w.upstream.ServeHTTP(rw, r)
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/cancel") {
				w.hold(mlSpaceID + "/jobs/" + running)
			}
		})

		w.submit(w.mlDeletionRequest(nil))
		w.run(time.Hour)
		w.approve(nil)
		w.run(24 * time.Hour)
		w.manifest()

		if got := w.proofs()["DW29 "+mlSpaceID+" "+running]; w.served("CW29") == 0 || got != dsr.OutcomeHeld {
			t.Errorf("%d cancels, the job is %q, want it held", w.served("CW29"), got)
		}
	})
}

// A workspace is gone when it is looked for, and made again before its purge.
func TestAWorkspaceThatIsMadeAnewBeforeItsPurgeIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSimulation(t, mlAccount(), 2)
		defer w.close()

		armed := false
		w.front = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			w.upstream.ServeHTTP(rw, r)
			if armed && strings.HasSuffix(r.URL.Path, "/ml-00/computes") { // it is looked for what has grown
				armed = false
				if err := w.upstream.Recreate("http://127.0.0.1:9" + mlSpaceID + "?api-version=2026-09-01&forceToPurge=true"); err != nil {
					t.Error(err)
				}
			}
		})

		w.submit(w.mlDeletionRequest(func(r *dsr.Request) {
			r.What, r.AcknowledgeOthers, r.ResourceTypes = "", true, []string{"ml-workspaces"}
		}))
		w.run(time.Hour)
		armed = true
		gone := mlSpaceID + "?api-version=2026-09-01&forceToPurge=true"
		req, err := http.NewRequestWithContext(context.Background(), http.MethodDelete, "http://127.0.0.1:9"+gone, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}

		req.Header.Set("Authorization", "Bearer secret")
		w.upstream.ServeHTTP(httptest.NewRecorder(), req)
		w.approve(nil)
		w.run(24 * time.Hour)

		if n := w.deletes()["DW03"]; n != 1 {
			t.Errorf("%d DELETEs of the workspace, want only the one that was another's", n)
		}
	})
}

func TestAPurgeThatIsRefusedIsTriedAgainAndNeverCertified(t *testing.T) {
	for name, tt := range map[string]struct {
		times  int
		status dsr.Status
	}{"for a while": {2, dsr.StatusSucceeded}, "for good": {0, dsr.StatusPartiallyFailed}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newSimulation(t, mlAccount(), 2)
				defer w.close()

				w.upstream.SetFaults(fake.Fault{Endpoint: "DW03", Status: http.StatusConflict, Times: tt.times})
				w.submit(w.mlDeletionRequest(func(r *dsr.Request) {
					r.What, r.AcknowledgeOthers, r.ResourceTypes = "", true, []string{"ml-workspaces", "ml-jobs"}
				}))
				w.run(time.Hour)
				w.approve(nil)
				w.run(24 * time.Hour)
				m := w.manifest()
				if m.Status != tt.status || (tt.times == 0 && m.Totals["DW03"].Documents != 0) {
					t.Errorf("%s %v, DW03 %+v", m.Status, reasons(m), m.Totals["DW03"])
				}
			})
		})
	}
}

func TestAHoldKeepsAThingOfAWorkspaceByAnyOfItsNames(t *testing.T) {
	account := mlAccount()
	job := account.MLRunID(0, 0, 0)
	child := account.MLChildRunID(0, 0, 0, 1)
	experiment := account.MLExperimentID(0, 0)
	model := account.MLResourceName("W13", 0, 0)
	for name, tt := range map[string]struct {
		on   string
		kept []string // parts of proofs
	}{
		"a job":                     {mlSpaceID + "/jobs/" + job, []string{"DW29 " + mlSpaceID + " " + job, "DW53 " + mlSpaceID + "/experimentids/" + experiment + " " + job}},
		"a job by its id":           {job, []string{"DW29 " + mlSpaceID + " " + job, "DW53 " + mlSpaceID + "/experimentids/" + experiment + " " + job}},
		"a child run":               {child, []string{"DW53 " + mlSpaceID + "/experimentids/" + experiment + " " + child}},
		"a version":                 {mlSpaceID + "/models/" + model + "/versions/1", []string{"DW15 " + mlSpaceID + " " + model + "/1"}},
		"all versions of a model":   {mlSpaceID + "/models/" + model, []string{"DW15 " + mlSpaceID + " " + model + "/1"}},
		"the runs of an experiment": {mlSpaceID + "/experimentids/" + experiment, []string{"DW53 " + mlSpaceID + "/experimentids/" + experiment}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newSimulation(t, account, 2)
				defer w.close()

				w.hold(tt.on)
				w.submit(w.mlDeletionRequest(nil))
				w.run(time.Hour)
				w.approve(nil)
				w.run(24 * time.Hour)
				m := w.manifest()
				if m.Status != dsr.StatusPartiallyFailed {
					t.Errorf("%s %v", m.Status, reasons(m))
				}

				proofs := w.proofs()
				for _, kept := range tt.kept {
					found := false
					for what, outcome := range proofs {
						if strings.HasPrefix(what, kept) {
							found = true
							if outcome != dsr.OutcomeHeld {
								t.Errorf("%s: %s; failures %v", what, outcome, m.Failures)
							}
						}
					}

					if !found {
						t.Errorf("no proof of %s in %v", kept, proofs)
					}
				}
			})
		})
	}
}

func TestAHoldOnARunKeepsItsExperimentAndItsWorkspace(t *testing.T) {
	account := mlAccount()
	run := account.MLRunID(0, 1, 2)
	experiment := account.MLExperimentID(0, 1)
	for name, on := range map[string]string{"by its id": run, "by its path": mlSpaceID + "/experimentids/" + experiment + "/runs/" + run} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newSimulation(t, account, 2)
				defer w.close()

				w.hold(on)
				w.submit(w.mlDeletionRequest(func(r *dsr.Request) { r.What, r.AcknowledgeOthers = "", true }))
				w.run(time.Hour)
				w.approve(nil)
				w.run(24 * time.Hour)
				w.manifest()
				proofs := w.proofs()
				for _, what := range []string{"DW51 " + mlSpaceID + " " + experiment, "DW03 " + mlSpaceID + " " + mlSpaceID, "DW29 " + mlSpaceID + " " + run} {
					if proofs[what] == dsr.OutcomeDeleted || proofs[what] == "" {
						t.Errorf("%s: %q", what, proofs[what])
					}
				}

				if n := w.deletes(); n["DW03"] > 0 || n["DW51"] > 1 {
					t.Errorf("DELETEs %v", n)
				}
			})
		})
	}
}

func TestACrashInAnErasureOfOnePersonProvesTheSame(t *testing.T) {
	account := mlAccount()
	account.ML.RunsPerExperiment, account.ML.ArtifactsPerRun, account.ML.Metrics, account.ML.Versions = 2, 1, 1, 1
	undisturbed := func(w *simulation) {
		w.submit(w.mlDeletionRequest(nil))
		w.run(time.Hour)
	}

	var effects []string
	var want map[string]string
	synctest.Test(t, func(t *testing.T) {
		w := newSimulation(t, account, 2)
		defer w.close()
		undisturbed(w)
		w.live = nil
		w.approve(nil)
		w.run(24 * time.Hour)
		effects = w.live.wire.names
		_, want = w.certified()
	})
	if len(want) == 0 {
		t.Fatal("nothing was deleted")
	}

	const every = 11 // of a few hundred effects, many of them alike
	for n := range sampled(len(effects) / every) {
		i := n * every
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%03d %s after=%t", i+1, effects[i], after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newSimulation(t, account, 2)
					defer w.close()

					undisturbed(w)
					w.live = w.newProcess(&faultInjector{at: i + 1, after: after})
					w.approve(nil)
					w.run(24 * time.Hour)
					status, got := w.certified()
					if diff := cmp.Diff(want, got); status != dsr.StatusSucceeded || diff != "" {
						t.Errorf("%s; proofs (-undisturbed +got):\n%s", status, diff)
					}
				})
			})
		}
	}
}

func TestADryRunInAWorkspaceDeletesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSimulation(t, mlAccount(), 2)
		defer w.close()
		w.submit(w.mlDeletionRequest(func(r *dsr.Request) { r.DryRun = true }))
		w.run(24 * time.Hour)
		if m := w.manifest(); m.Status != dsr.StatusSucceeded || len(w.deletes()) > 0 || w.served("CW29") > 0 {
			t.Errorf("%s, DELETEs %v, %d cancels", m.Status, w.deletes(), w.served("CW29"))
		}
		if got := planned(w.plans()); got["DW29"] == 0 || got["DW03"] > 0 {
			t.Errorf("planned %v", got)
		}
	})
}

func TestAWorkspaceThatIsNotConfirmedKeepsEverything(t *testing.T) {
	for name, change := range map[string]func(*dsr.Request){
		"named":      func(r *dsr.Request) { r.Confirm = []string{"/subscriptions/sub-1"} },
		"discovered": func(r *dsr.Request) { r.Confirm, r.Scope[0].MachineLearningWorkspaces = nil, []string{"*"} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newSimulation(t, mlAccount(), 2)
				defer w.close()

				w.submit(w.mlDeletionRequest(change))
				w.run(24 * time.Hour)

				if n := w.deletes(); len(n) > 0 {
					t.Errorf("DELETEs %v", n)
				}

				if name == "named" {
					if dead := w.dead(dsr.QueueRequests); len(dead) != 1 || !strings.Contains(dead[0], dsr.ReasonConfirmationMissing) {
						t.Errorf("dead %v", dead)
					}
					return
				}

				for reason := range maps.Keys(reasons(w.manifest())) {
					if !strings.HasSuffix(reason, dsr.ReasonConfirmationMissing) {
						t.Errorf("failed for %s", reason)
					}
				}
			})
		})
	}
}
