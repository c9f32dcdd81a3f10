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

// mlDeletionRequest asks to delete the subject's own in the shared workspace.
func (w *simulation) mlDeletionRequest(change func(*dsr.Request)) string {
	w.t.Helper()
	p := w.account.Subject()
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
		w.t.Fatal(err)
	}

	return string(body)
}

// erasedML runs a request for deletion to its end, approved once.
func erasedML(t *testing.T, account func(*fake.Account), change func(*dsr.Request), check func(*testing.T, *simulation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := mlAccount()
		if account != nil {
			account(&a)
		}

		w := newSimulation(t, a, 2)
		defer w.close()

		w.submit(w.mlDeletionRequest(change))
		w.run(time.Hour)
		if n := w.deletes(); len(n) > 0 {
			t.Fatalf("deleted before anybody approved: %v", n)
		}

		w.approve(nil)
		w.run(24 * time.Hour)
		check(t, w)
	})
}

// hers reports whether a document of the fake is the subject's own, and deletable.
func (w *simulation) hers(path string) bool {
	p, ok := w.upstream.Owner(path)
	u, err := url.Parse(path)
	if err != nil {
		w.t.Fatal(err)
	}
	if !ok || p.ObjectID != w.account.Subject().ObjectID {
		return false
	}
	return strings.Contains(u.Path, "/jobs/") || strings.Contains(u.Path, "/history/v1.0/") || strings.Contains(u.Path, "/metric/v2.0/") ||
		strings.Contains(u.Path, "/threads/") || strings.Contains(u.Path, "/vector_stores/") || strings.Contains(u.Path, "dcid.") ||
		strings.Contains(u.Path, "/computes/") || (strings.Contains(u.Path, "modelregistry") && strings.Contains(u.Path, "/models/")) ||
		(strings.Contains(u.Path, "/workspaces/ml-00/models/") && strings.Contains(u.Path, "/versions/"))
}

func TestOnePersonIsErasedFromASharedWorkspace(t *testing.T) {
	var before map[string]bool
	synctest.Test(t, func(t *testing.T) {
		w := newSimulation(t, mlAccount(), 2)
		defer w.close()

		before = map[string]bool{}
		for path := range w.upstream.Documents() {
			before[path] = w.hers(path)
		}

		w.submit(w.mlDeletionRequest(nil))
		w.run(time.Hour)
		plan := w.plans()
		w.approve(nil)
		w.run(24 * time.Hour)
		m := w.manifest()
		if m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		after := map[string]bool{}
		for path := range w.upstream.Documents() {
			after[path] = true
		}

		own := 0
		for path, hers := range before {
			if hers {
				own++
			}
			// Versions that ARM knows by a sign-in name go as well, those by a display
			// name stay for a person to decide.
			if byName := w.versionOfHers(path); after[path] == hers && !byName {
				t.Errorf("%s: hers %t, there afterwards %t", path, hers, after[path])
			}
		}

		if own == 0 {
			t.Error("nothing was hers")
		}
		if n := w.deletes(); n["DW03"]+n["DW65"]+n["DW51"]+n["DW13"]+n["DW33"] > 0 || n["DW29"] == 0 || n["DW15"] == 0 || n["DW05"] == 0 {
			t.Errorf("DELETEs %v", n)
		}
		if w.served("NEVER") > 0 {
			t.Error("a route was called that must not be")
		}
		// Of data containers' versions there are only lists.
		if !slices.ContainsFunc(plan.Mentions, func(m dsr.Mention) bool { return m.Endpoint == "W64v" }) {
			t.Error("no list is named that alone tells of data versions of hers")
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

		w.verified(attempt1)
	})
}

func TestJobsAloneAreToldByTheirRuns(t *testing.T) {
	erasedML(t, nil, func(r *dsr.Request) { r.ResourceTypes = []string{"ml-jobs"} }, func(t *testing.T, w *simulation) {
		if m := w.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}
		// Of six root runs the first and the fourth are hers.
		if n := w.deletes(); !maps.Equal(n, map[string]int{"DW29": 2}) {
			t.Errorf("DELETEs %v", n)
		}
	})
}

func TestMetricsAndArtifactsOfHerRunsAreDeletedByThemselves(t *testing.T) {
	change := func(r *dsr.Request) { r.ResourceTypes = []string{"ml-run-metrics", "ml-artifacts"} }
	erasedML(t, nil, change, func(t *testing.T, w *simulation) {
		if m := w.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		// Her two root runs, of which the first is a pipeline of two and two more.
		if n := w.deletes(); !maps.Equal(n, map[string]int{"DW56": 6, "DW59": 6}) {
			t.Errorf("DELETEs %v", n)
		}

		for what, outcome := range w.proofs() {
			if outcome != dsr.OutcomeDeleted {
				t.Errorf("%s: %s", what, outcome)
			}
		}

		left := map[string]int{}
		for path := range w.upstream.Documents() {
			if strings.Contains(path, "/contentinfo?") {
				p, _ := w.upstream.Owner(path)
				left[p.ObjectID]++
			}
		}

		if left[w.account.Subject().ObjectID] > 0 || len(left) == 0 {
			t.Errorf("artifacts left, by owner: %v", left)
		}
	})
}

func TestADeletionPlanNamesWhatEachDeleteIsSentTo(t *testing.T) {
	erasedML(t, nil, func(r *dsr.Request) { r.What, r.AcknowledgeOthers = "", true }, func(t *testing.T, w *simulation) {
		sent := map[string]bool{}
		for _, s := range w.upstream.Served() {
			if s.Method == http.MethodDelete {
				sent["http://127.0.0.1:9"+s.URL] = true
			}
		}

		planned := map[string]bool{}
		for _, stage := range w.plans().Stages {
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

// versionOfHers reports whether a path is that of an asset's version of hers that ARM
// alone tells of.
func (w *simulation) versionOfHers(path string) bool {
	p, ok := w.upstream.Owner(path)
	return ok && p.ObjectID == w.account.Subject().ObjectID && strings.Contains(path, "/versions/") && strings.Contains(path, "/workspaces/ml-00/") &&
		!strings.Contains(path, "/models/") && !strings.Contains(path, "/feature")
}

func TestANamesakeKeepsEverythingAndAGuestIsFound(t *testing.T) {
	for name, tt := range map[string]struct {
		subject func(*simulation) (dsr.Subject, fake.Person)
	}{
		"the namesake": {func(w *simulation) (dsr.Subject, fake.Person) {
			p := w.account.Namesake()
			return dsr.Subject{ObjectID: p.ObjectID, TenantID: p.TenantID, DisplayName: p.Name}, p
		}},
		"a guest by PUID": {func(w *simulation) (dsr.Subject, fake.Person) {
			p := w.account.Guest()
			return dsr.Subject{PUID: p.PUID, DisplayName: p.Name}, p
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newSimulation(t, mlAccount(), 2)
				defer w.close()

				subject, person := tt.subject(w)
				owners := map[string]string{}
				for path := range w.upstream.Documents() {
					if p, ok := w.upstream.Owner(path); ok {
						owners[path] = p.ObjectID
					}
				}

				w.submit(w.mlDeletionRequest(func(r *dsr.Request) { r.Subject = &subject }))
				w.run(time.Hour)
				w.approve(nil)
				w.run(24 * time.Hour)
				if m := w.manifest(); m.Status != dsr.StatusSucceeded {
					t.Fatalf("%s, failures %+v", m.Status, m.Failures)
				}

				gone := maps.Clone(owners)
				for path := range w.upstream.Documents() {
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
	erasedML(t, nil, func(r *dsr.Request) { r.What, r.AcknowledgeOthers = "", true }, func(t *testing.T, w *simulation) {
		m := w.manifest()
		if m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		for path := range w.upstream.Documents() {
			if strings.Contains(path, "/workspaces/ml-00") {
				t.Errorf("%s is left", path)
			}
		}

		if w.upstream.SoftDeleted("http://127.0.0.1:9" + mlSpaceID + "?api-version=2026-09-01") {
			t.Error("the workspace is only soft-deleted")
		}
		if n := w.deletes(); n["DW03"] != 1 || n["DW51"] != 2 || n["DW29"] != 6 || n["DW05"] != 4 {
			t.Errorf("DELETEs %v", n)
		}

		w.verified(attempt1)
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

	erasedML(t, nil, change, func(t *testing.T, w *simulation) {
		if m := w.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s, failures %+v", m.Status, m.Failures)
		}

		for path := range w.upstream.Documents() {
			if strings.Contains(path, "/registries/") {
				t.Errorf("%s is left", path)
			}
		}

		want := map[string]int{"DW66d": 6, "DW66h": 6, "DW66l": 3, "DW66p": 3, "DW66t": 3, "DW66b": 2, "DW66f": 2, "DW66j": 1, "DW66n": 1, "DW66r": 1, "DW65": 1, "DW78i": 6}
		if n := w.deletes(); !maps.Equal(n, want) {
			t.Errorf("DELETEs %v, want %v", n, want)
		}

		w.verified(attempt1)
	})
}

func TestOthersInAWorkspaceMustBeAcknowledged(t *testing.T) {
	for name, types := range map[string][]string{"the workspace": nil, "everybody's jobs": {"ml-jobs"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newSimulation(t, mlAccount(), 2)
				defer w.close()

				w.submit(w.mlDeletionRequest(func(r *dsr.Request) { r.What, r.ResourceTypes = "", types }))
				w.run(time.Hour) // it is closed before anybody is asked to approve it
				if !w.idle() {
					t.Fatal("something is left open or waiting")
				}

				m := w.manifest()
				if m.Status == dsr.StatusSucceeded || len(w.deletes()) > 0 || len(reasons(m)) == 0 {
					t.Errorf("%s, %v, DELETEs %v", m.Status, reasons(m), w.deletes())
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
	synctest.Test(t, func(t *testing.T) {
		w := newSimulation(t, mlAccount(), 2)
		defer w.close()

		w.submit(w.mlDeletionRequest(func(r *dsr.Request) {
			r.What, r.AcknowledgeOthers, r.ResourceTypes = "", true, []string{"ml-workspaces"}
		}))
		w.run(time.Hour)

		// Somebody deletes it as the portal does.
		rec := httptest.NewRecorder()
		req := httptest.NewRequest(http.MethodDelete, "http://127.0.0.1:9"+mlSpaceID+"?api-version=2026-09-01", nil)
		req.Header.Set("Authorization", "Bearer secret")
		w.upstream.ServeHTTP(rec, req)
		if !w.upstream.SoftDeleted("http://127.0.0.1:9" + mlSpaceID + "?api-version=2026-09-01") {
			t.Fatalf("status %d: it is not soft-deleted", rec.Code)
		}

		w.approve(nil)
		w.run(24 * time.Hour)
		m := w.manifest()
		if m.Status != dsr.StatusSucceeded || slices.Collect(maps.Values(w.proofs()))[0] != dsr.OutcomeDeleted {
			t.Errorf("%s %v %v: the purge of a soft-deleted one was to be its deletion", m.Status, reasons(m), w.proofs())
		}
		if w.upstream.SoftDeleted("http://127.0.0.1:9" + mlSpaceID + "?api-version=2026-09-01") {
			t.Error("it was not purged")
		}
	})
}
