package simulation_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

const mlSpaceID = "/subscriptions/sub-1/resourceGroups/group-1/providers/Microsoft.MachineLearningServices/workspaces/ml-00"

const mlSpaceURL = upstreamURL + mlSpaceID + "?api-version=2026-09-01"

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

// simulateMLDeletion runs that request to its end, approved once, and then the checks.
func simulateMLDeletion(t *testing.T, account fake.Account, change func(*dsr.Request), check func(*testing.T, *simulation)) {
	t.Helper()
	simulateAccount(t, account, 2, func(t *testing.T, sim *simulation) {
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

	within := func(parts ...string) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(u.Path, part) })
	}
	return within("/jobs/") || within("/history/v1.0/") || within("/metric/v2.0/") || within("dcid.") || within("/computes/") ||
		within("/threads/") || within("/vector_stores/") || within("modelregistry", "/models/") || within("/workspaces/ml-00/models/", "/versions/")
}

// versionOfHers reports whether a path is that of a version of the subject's asset whose
// owner only ARM knows.
func (sim *simulation) versionOfHers(path string) bool {
	p, ok := sim.upstream.Owner(path)
	return ok && p.ObjectID == sim.account.Subject().ObjectID && strings.Contains(path, "/versions/") && strings.Contains(path, "/workspaces/ml-00/") &&
		!strings.Contains(path, "/models/") && !strings.Contains(path, "/feature")
}
