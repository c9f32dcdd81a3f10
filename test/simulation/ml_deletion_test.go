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
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestOnePersonIsErasedFromASharedWorkspace(t *testing.T) {
	var before map[string]bool
	simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
		before = map[string]bool{}
		for path := range sim.upstream.Documents() {
			before[path] = sim.hers(path)
		}

		sim.planMLDeletion(nil)
		plan := sim.deletionPlan()
		sim.executePlan()
		m := sim.manifest()
		if m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		after := map[string]bool{}
		for path := range sim.upstream.Documents() {
			after[path] = true
		}

		own := 0
		for path, hers := range before {
			if hers {
				own++
			}
			// Versions that ARM knows by a sign-in name go as well, those by a display
			// name stay for a person to decide.
			if byName := sim.versionOfHers(path); after[path] == hers && !byName {
				t.Errorf("%s: hers %t, there afterwards %t", path, hers, after[path])
			}
		}

		if own == 0 {
			t.Error("nothing was hers")
		}
		if n := sim.deletes(); n["DW03"]+n["DW65"]+n["DW51"]+n["DW13"]+n["DW33"] > 0 || n["DW29"] == 0 || n["DW15"] == 0 || n["DW05"] == 0 {
			t.Errorf("DELETEs %v", n)
		}
		if sim.served("NEVER") > 0 {
			t.Error("a route was called that must not be")
		}
		// Of data containers' versions there are only lists.
		if !slices.ContainsFunc(plan.Mentions, func(m dsr.Mention) bool { return m.Endpoint == "W64v" }) {
			t.Error("the plan mentions no list that alone shows data versions of hers")
		}

		possible, mentioned := 0, 0
		for _, m := range plan.Mentions {
			if m.Owner == dsr.OwnerPossible {
				possible++
			} else {
				mentioned++
			}
		}

		if possible == 0 || mentioned == 0 {
			t.Errorf("%d documents may be hers and %d mention her: want both to be listed", possible, mentioned)
		}

		sim.checkEvidence(attempt1)
	})
}

func TestJobsAloneAreRecognizedByTheirRuns(t *testing.T) {
	simulateMLDeletion(t, mlAccount(), func(r *dsr.Request) { r.ResourceTypes = []string{"ml-jobs"} }, func(t *testing.T, sim *simulation) {
		if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}
		// Of six root runs the first and the fourth are hers.
		if n := sim.deletes(); !maps.Equal(n, map[string]int{"DW29": 2}) {
			t.Errorf("DELETEs %v", n)
		}
	})
}

func TestMetricsAndArtifactsOfHerRunsAreDeletedByThemselves(t *testing.T) {
	change := func(r *dsr.Request) { r.ResourceTypes = []string{"ml-run-metrics", "ml-artifacts"} }
	simulateMLDeletion(t, mlAccount(), change, func(t *testing.T, sim *simulation) {
		if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		// Her two root runs, of which the first is a pipeline of two and two more.
		if n := sim.deletes(); !maps.Equal(n, map[string]int{"DW56": 6, "DW59": 6}) {
			t.Errorf("DELETEs %v", n)
		}

		for what, outcome := range sim.proofs() {
			if outcome != dsr.OutcomeDeleted {
				t.Errorf("%s: %s", what, outcome)
			}
		}

		left := map[string]int{}
		for path := range sim.upstream.Documents() {
			if strings.Contains(path, "/contentinfo?") {
				p, _ := sim.upstream.Owner(path)
				left[p.ObjectID]++
			}
		}

		if left[sim.account.Subject().ObjectID] > 0 || len(left) == 0 {
			t.Errorf("artifacts left, by owner: %v", left)
		}
	})
}

func TestADeletionPlanNamesWhatEachDeleteIsSentTo(t *testing.T) {
	simulateMLDeletion(t, mlAccount(), func(r *dsr.Request) { r.What, r.AcknowledgeOthers = "", true }, func(t *testing.T, sim *simulation) {
		sent := map[string]bool{}
		for _, s := range sim.upstream.Served() {
			if s.Method == http.MethodDelete {
				sent[upstreamURL+s.URL] = true
			}
		}

		planned := map[string]bool{}
		for _, stage := range sim.deletionPlan().Stages {
			for _, item := range stage.Items {
				planned[item.URL] = true
			}
		}

		for url := range sent {
			// Whether a compute is only attached is seen when it is deleted.
			if !planned[strings.Replace(url, "=Detach", "=Delete", 1)] {
				t.Errorf("%s was not planned", url)
			}
		}
	})
}

func TestANamesakeKeepsEverythingAndAGuestIsFound(t *testing.T) {
	for name, tt := range map[string]struct {
		subject func(*simulation) (dsr.Subject, fake.Person)
	}{
		"the namesake": {func(sim *simulation) (dsr.Subject, fake.Person) {
			p := sim.account.Namesake()
			return dsr.Subject{ObjectID: p.ObjectID, TenantID: p.TenantID, DisplayName: p.Name}, p
		}},
		"a guest by PUID": {func(sim *simulation) (dsr.Subject, fake.Person) {
			p := sim.account.Guest()
			return dsr.Subject{PUID: p.PUID, DisplayName: p.Name}, p
		}},
	} {
		t.Run(name, func(t *testing.T) {
			simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
				subject, person := tt.subject(sim)
				owners := map[string]string{}
				for path := range sim.upstream.Documents() {
					if p, ok := sim.upstream.Owner(path); ok {
						owners[path] = p.ObjectID
					}
				}

				sim.planMLDeletion(func(r *dsr.Request) { r.Subject = &subject })
				sim.executePlan()
				if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
					t.Fatalf("%s, failures %+v", m.Status, m.Failures)
				}

				gone := maps.Clone(owners)
				for path := range sim.upstream.Documents() {
					delete(gone, path)
				}

				if len(gone) == 0 {
					t.Error("nothing was deleted")
				}

				for path, owner := range gone {
					if owner != person.ObjectID {
						t.Errorf("%s of another is gone", path)
					}
				}

				for path, owner := range owners {
					if owner == person.ObjectID && strings.Contains(path, "/history/v1.0/") && gone[path] == "" {
						t.Errorf("%s is left", path)
					}
				}
			})
		})
	}
}

func TestAWorkspaceIsPurgedWithAllThatIsInIt(t *testing.T) {
	simulateMLDeletion(t, mlAccount(), func(r *dsr.Request) { r.What, r.AcknowledgeOthers = "", true }, func(t *testing.T, sim *simulation) {
		m := sim.manifest()
		if m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		for path := range sim.upstream.Documents() {
			if strings.Contains(path, "/workspaces/ml-00") {
				t.Errorf("%s is left", path)
			}
		}

		if sim.upstream.SoftDeleted(mlSpaceURL) {
			t.Error("the workspace is only soft-deleted")
		}
		if n := sim.deletes(); n["DW03"] != 1 || n["DW51"] != 2 || n["DW29"] != 6 || n["DW05"] != 4 {
			t.Errorf("DELETEs %v", n)
		}

		sim.checkEvidence(attempt1)
	})
}

func TestARegistryIsDeletedWithItsAssets(t *testing.T) {
	account := mlAccount()
	name := account.RegistryName(0)
	id := "/subscriptions/sub-1/resourceGroups/group-1/providers/Microsoft.MachineLearningServices/registries/" + name
	change := func(r *dsr.Request) {
		r.What, r.AcknowledgeOthers, r.Confirm = "", true, []string{id}
		r.Scope[0].MachineLearningWorkspaces, r.Scope[0].Registries = nil, []string{name}
	}

	simulateMLDeletion(t, mlAccount(), change, func(t *testing.T, sim *simulation) {
		if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		for path := range sim.upstream.Documents() {
			if strings.Contains(path, "/registries/") {
				t.Errorf("%s is left", path)
			}
		}

		want := map[string]int{"DW66d": 6, "DW66h": 6, "DW66l": 3, "DW66p": 3, "DW66t": 3, "DW66b": 2, "DW66f": 2, "DW66j": 1, "DW66n": 1, "DW66r": 1, "DW65": 1, "DW78i": 6}
		if n := sim.deletes(); !maps.Equal(n, want) {
			t.Errorf("DELETEs %v, want %v", n, want)
		}

		sim.checkEvidence(attempt1)
	})
}

func TestOthersInAWorkspaceMustBeAcknowledged(t *testing.T) {
	for name, types := range map[string][]string{"the workspace": nil, "everybody's jobs": {"ml-jobs"}} {
		t.Run(name, func(t *testing.T) {
			simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
				sim.submit(sim.mlDeletionRequest(func(r *dsr.Request) { r.What, r.ResourceTypes = "", types }))
				sim.run(time.Hour) // it is closed before anybody is asked to approve it
				sim.mustBeIdle()

				m := sim.manifest()
				if m.Status == dsr.StatusSucceeded || len(sim.deletes()) > 0 || len(reasons(m)) == 0 {
					t.Errorf("%s, %v, DELETEs %v", m.Status, reasons(m), sim.deletes())
				}

				for reason := range reasons(m) {
					if !strings.HasSuffix(reason, dsr.ReasonOthers) {
						t.Errorf("failed for %s", reason)
					}
				}
			})
		})
	}
}

func TestAWorkspaceThatSomebodyDeletedSoftlyIsNotCertified(t *testing.T) {
	simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
		sim.planMLDeletion(func(r *dsr.Request) {
			r.What, r.AcknowledgeOthers, r.ResourceTypes = "", true, []string{"ml-workspaces"}
		})

		// Somebody deletes it as the portal does.
		rec := httptest.NewRecorder()
		req := httptest.NewRequest(http.MethodDelete, mlSpaceURL, nil)
		req.Header.Set("Authorization", "Bearer secret")
		sim.upstream.ServeHTTP(rec, req)
		if !sim.upstream.SoftDeleted(mlSpaceURL) {
			t.Fatalf("status %d: it is not soft-deleted", rec.Code)
		}

		sim.executePlan()
		m := sim.manifest()
		if m.Status != dsr.StatusSucceeded || slices.Collect(maps.Values(sim.proofs()))[0] != dsr.OutcomeDeleted {
			t.Errorf("%s %v %v: the purge of a soft-deleted one was to be its deletion", m.Status, reasons(m), sim.proofs())
		}
		if sim.upstream.SoftDeleted(mlSpaceURL) {
			t.Error("it was not purged")
		}
	})
}
