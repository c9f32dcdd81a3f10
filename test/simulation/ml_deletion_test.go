package simulation_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

const mlSpaceID = "/subscriptions/sub-1/resourceGroups/group-1/providers/Microsoft.MachineLearningServices/workspaces/ml-00"

const mlSpaceURL = upstreamURL + mlSpaceID + "?api-version=2026-05-01"

// mlDeletionRequest asks to delete the subject's own in the shared workspace.
func (sim *simulation) mlDeletionRequest(change func(*dsr.Request)) string {
	sim.t.Helper()
	p := sim.account.Subject()
	r := dsr.Request{
		SchemaVersion: "1.0",
		ID:            testRequest,
		Kind:          dsr.KindDelete,
		What:          dsr.WhatSubject,
		SubmittedBy:   "desk@example.org",
		Subject: &dsr.Subject{
			ObjectID:          p.ObjectID,
			TenantID:          p.TenantID,
			UserPrincipalName: p.UPN,
			DisplayName:       p.Name,
		},
		Scope:   []dsr.Scope{{SubscriptionID: "sub-1", ResourceGroup: "group-1", MachineLearningWorkspaces: []string{"ml-00"}}},
		Confirm: []string{mlSpaceID},
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

// planMLDeletion sends that request and runs it until its plan waits for approval.
func (sim *simulation) planMLDeletion(change func(*dsr.Request)) {
	sim.t.Helper()
	sim.submit(sim.mlDeletionRequest(change))
	sim.run(time.Hour)
}

// simulateMLDeletion runs a request for deletion to its end, approved once.
func simulateMLDeletion(t *testing.T, account func(*fake.Account), change func(*dsr.Request), check func(*testing.T, *simulation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := mlAccount()
		if account != nil {
			account(&a)
		}

		sim := newSimulation(t, a, 2)
		defer sim.close()

		sim.planMLDeletion(change)
		if n := sim.deletes(); len(n) > 0 {
			t.Fatalf("deleted before anybody approved: %v", n)
		}

		sim.executePlan()
		check(t, sim)
	})
}

// hers reports whether a document of the fake is the subject's own and can be deleted.
func (sim *simulation) hers(path string) bool {
	p, ok := sim.upstream.Owner(path)
	u, err := url.Parse(path)
	if err != nil {
		sim.t.Fatal(err)
	}
	if !ok || p.ObjectID != sim.account.Subject().ObjectID {
		return false
	}
	return strings.Contains(u.Path, "/jobs/") || strings.Contains(u.Path, "/runs/") || strings.Contains(u.Path, "dcid.") ||
		strings.Contains(u.Path, "/computes/") || (strings.Contains(u.Path, "modelregistry") && strings.Contains(u.Path, "/models/")) ||
		(strings.Contains(u.Path, "/workspaces/ml-00/models/") && strings.Contains(u.Path, "/versions/"))
}

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
	simulateMLDeletion(t, nil, func(r *dsr.Request) { r.ResourceTypes = []string{"ml-jobs"} }, func(t *testing.T, sim *simulation) {
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
	simulateMLDeletion(t, nil, change, func(t *testing.T, sim *simulation) {
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
	simulateMLDeletion(t, nil, func(r *dsr.Request) { r.What, r.AcknowledgeOthers = "", true }, func(t *testing.T, sim *simulation) {
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

// versionOfHers reports whether a path is that of a version of the subject's asset whose
// owner only ARM knows.
func (sim *simulation) versionOfHers(path string) bool {
	p, ok := sim.upstream.Owner(path)
	return ok && p.ObjectID == sim.account.Subject().ObjectID && strings.Contains(path, "/versions/") && strings.Contains(path, "/workspaces/ml-00/") &&
		!strings.Contains(path, "/models/") && !strings.Contains(path, "/feature")
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
					if owner == person.ObjectID && strings.Contains(path, "/runs/") && gone[path] == "" {
						t.Errorf("%s is left", path)
					}
				}
			})
		})
	}
}

func TestAWorkspaceIsPurgedWithAllThatIsInIt(t *testing.T) {
	simulateMLDeletion(t, nil, func(r *dsr.Request) { r.What, r.AcknowledgeOthers = "", true }, func(t *testing.T, sim *simulation) {
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

	simulateMLDeletion(t, nil, change, func(t *testing.T, sim *simulation) {
		if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		for path := range sim.upstream.Documents() {
			if strings.Contains(path, "/registries/") {
				t.Errorf("%s is left", path)
			}
		}

		want := map[string]int{"DW66d": 6, "DW66h": 6, "DW66l": 3, "DW66p": 3, "DW66t": 3, "DW66b": 2, "DW66f": 2, "DW66j": 1, "DW66n": 1, "DW66r": 1, "DW65": 1}
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
