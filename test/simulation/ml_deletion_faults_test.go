package simulation_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestAJobThatRunsIsStoppedAlsoWhenItStartsAgain(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		t.Run(fmt.Sprintf("restarts=%t", restarts), func(t *testing.T) {
			account := mlAccount()
			account.ML.Restarts = restarts
			simulateMLDeletion(t, account, nil, func(t *testing.T, sim *simulation) {
				if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
					t.Fatalf("%s, failures %+v", m.Status, m.Failures)
				}
				// Of hers the fourth run is running.
				if n := sim.served("CW29"); n == 0 || (restarts && n < 2) {
					t.Errorf("%d cancels", n)
				}
			})
		})
	}
}

// A job that is being stopped is held: it takes its time until it can be deleted.
func TestAHoldThatComesWhileAJobIsStoppedKeepsIt(t *testing.T) {
	simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
		running := sim.account.MLRunID(0, 1, 0)
		sim.front = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			sim.upstream.ServeHTTP(rw, r)
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/cancel") {
				sim.hold(mlSpaceID + "/jobs/" + running)
			}
		})

		sim.planMLDeletion(nil)
		sim.executePlan()
		sim.manifest()

		if got := sim.proofs()["DW29 "+mlSpaceID+" "+running]; sim.served("CW29") == 0 || got != dsr.OutcomeHeld {
			t.Errorf("%d cancels, the job is %q, want it held", sim.served("CW29"), got)
		}
	})
}

// A workspace is gone when it is looked for, and made again before its purge.
func TestAWorkspaceThatIsMadeAgainBeforeItsPurgeIsLeftAlone(t *testing.T) {
	simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
		armed := false
		sim.front = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			sim.upstream.ServeHTTP(rw, r)
			if armed && strings.HasSuffix(r.URL.Path, "/ml-00/computes") { // it is looked for what has grown
				armed = false
				if err := sim.upstream.Recreate(mlSpaceURL + "&forceToPurge=true"); err != nil {
					t.Error(err)
				}
			}
		})

		sim.planMLDeletion(func(r *dsr.Request) {
			r.What, r.AcknowledgeOthers, r.ResourceTypes = "", true, []string{"ml-workspaces"}
		})
		armed = true
		gone := mlSpaceID + "?api-version=2026-09-01&forceToPurge=true"
		req, err := http.NewRequestWithContext(context.Background(), http.MethodDelete, "http://127.0.0.1:9"+gone, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}

		req.Header.Set("Authorization", "Bearer secret")
		sim.upstream.ServeHTTP(httptest.NewRecorder(), req)
		sim.executePlan()

		if n := sim.deletes()["DW03"]; n != 1 {
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
			simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
				sim.upstream.SetFaults(fake.Fault{Endpoint: "DW03", Status: http.StatusConflict, Times: tt.times})
				sim.planMLDeletion(func(r *dsr.Request) {
					r.What, r.AcknowledgeOthers, r.ResourceTypes = "", true, []string{"ml-workspaces", "ml-jobs"}
				})
				sim.executePlan()
				m := sim.manifest()
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
			simulateAccount(t, account, 2, func(t *testing.T, sim *simulation) {
				sim.hold(tt.on)
				sim.planMLDeletion(nil)
				sim.executePlan()
				m := sim.manifest()
				if m.Status != dsr.StatusPartiallyFailed {
					t.Errorf("%s %v", m.Status, reasons(m))
				}

				proofs := sim.proofs()
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
			simulateAccount(t, account, 2, func(t *testing.T, sim *simulation) {
				sim.hold(on)
				sim.planMLDeletion(func(r *dsr.Request) { r.What, r.AcknowledgeOthers = "", true })
				sim.executePlan()
				sim.manifest()
				proofs := sim.proofs()
				for _, what := range []string{"DW51 " + mlSpaceID + " " + experiment, "DW03 " + mlSpaceID + " " + mlSpaceID, "DW29 " + mlSpaceID + " " + run} {
					if proofs[what] == dsr.OutcomeDeleted || proofs[what] == "" {
						t.Errorf("%s: %q", what, proofs[what])
					}
				}

				if n := sim.deletes(); n["DW03"] > 0 || n["DW51"] > 1 {
					t.Errorf("DELETEs %v", n)
				}
			})
		})
	}
}

func TestACrashInAnErasureOfOnePersonProvesTheSame(t *testing.T) {
	account := mlAccount()
	account.ML.RunsPerExperiment, account.ML.ArtifactsPerRun, account.ML.Metrics, account.ML.Versions = 2, 1, 1, 1
	var effects []string
	var want map[string]string
	simulateAccount(t, account, 2, func(t *testing.T, sim *simulation) {
		sim.planMLDeletion(nil)
		sim.live = nil
		sim.executePlan()
		effects = sim.live.faults.names
		_, want = sim.certified()
	})
	if len(want) == 0 {
		t.Fatal("nothing was deleted")
	}

	const every = 11 // of a few hundred effects, many of them alike
	for n := range sampled(len(effects) / every) {
		i := n * every
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%03d %s after=%t", i+1, effects[i], after), func(t *testing.T) {
				simulateAccount(t, account, 2, func(t *testing.T, sim *simulation) {
					sim.planMLDeletion(nil)
					sim.live = sim.newProcess(&faultInjector{at: i + 1, after: after})
					sim.executePlan()
					status, got := sim.certified()
					if diff := cmp.Diff(want, got); status != dsr.StatusSucceeded || diff != "" {
						t.Errorf("%s; proofs (-undisturbed +got):\n%s", status, diff)
					}
				})
			})
		}
	}
}

func TestADryRunInAWorkspaceDeletesNothing(t *testing.T) {
	simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
		sim.submit(sim.mlDeletionRequest(func(r *dsr.Request) { r.DryRun = true }))
		sim.run(24 * time.Hour)
		if m := sim.manifest(); m.Status != dsr.StatusSucceeded || len(sim.deletes()) > 0 || sim.served("CW29") > 0 {
			t.Errorf("%s, DELETEs %v, %d cancels", m.Status, sim.deletes(), sim.served("CW29"))
		}
		if got := planned(sim.deletionPlan()); got["DW29"] == 0 || got["DW03"] > 0 {
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
			simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
				sim.submit(sim.mlDeletionRequest(change))
				sim.run(24 * time.Hour)

				if n := sim.deletes(); len(n) > 0 {
					t.Errorf("DELETEs %v", n)
				}

				if name == "named" {
					if dead := sim.deadLetters(dsr.QueueRequests); len(dead) != 1 || !strings.Contains(dead[0], dsr.ReasonConfirmationMissing) {
						t.Errorf("dead %v", dead)
					}
					return
				}

				for reason := range maps.Keys(reasons(sim.manifest())) {
					if !strings.HasSuffix(reason, dsr.ReasonConfirmationMissing) {
						t.Errorf("failed for %s", reason)
					}
				}
			})
		})
	}
}
