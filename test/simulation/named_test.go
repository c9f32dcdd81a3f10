package simulation_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// one is a directory in which one person has every address.
type one struct{ objectID string }

func (o one) Find(context.Context, string) ([]dsr.DirectoryMatch, error) {
	return []dsr.DirectoryMatch{{ObjectID: o.objectID, By: "mail"}}, nil
}

func (one) From() string { return "https://graph.example" }

// TestNamesAndAddressesAreLookedUpOnce has a process die around each record of a request
// that names its scope and its subject. Before the next process starts, the name means
// another place and the address is that of another person.
func TestNamesAndAddressesAreLookedUpOnce(t *testing.T) {
	const (
		ada     = "11111111-2222-3333-4444-555555555555"
		eve     = "99999999-2222-3333-4444-555555555555"
		request = `{"schemaVersion":"1.0","id":"request-1","kind":"export","subject":{"mail":["ada@example.org"]},"resourceTypes":["models","notifications"]}`
	)
	team := dsr.Scope{SubscriptionID: "sub-1", ResourceGroup: "group-1", Location: "eastus2", ExperimentationAccount: "team", ModelManagementAccount: "models"}
	naming := func(s dsr.Scope) dsr.ScopeNames {
		return dsr.ScopeNames{Places: map[string][]dsr.Scope{"all": {s}}, Default: "all"}
	}

	for name, c := range map[string]struct {
		crash    *faultInjector
		scope    dsr.Scope
		objectID string
	}{
		"after the subject is recorded":  {dyingAfter("put request-1/subject.json"), dsr.Scope{SubscriptionID: "elsewhere"}, ada},
		"before the request is recorded": {dyingBefore("put request-1/request.json"), dsr.Scope{SubscriptionID: "elsewhere"}, ada},
		"after the request is recorded":  {dyingAfter("put request-1/request.json"), team, ada},
		"before the plan is recorded":    {dyingBefore("put request-1/1/plan.json"), team, ada},
		"after the plan is recorded":     {dyingAfter("put request-1/1/plan.json"), team, ada},
	} {
		t.Run(name, func(t *testing.T) {
			simulateAccount(t, fullAccount(), 2, func(t *testing.T, sim *simulation) {
				sim.scopes, sim.people = naming(team), one{ada}
				sim.live = sim.newProcess(c.crash)
				sim.submit(request)
				sim.runUntil(c.crash.isDead)
				sim.scopes, sim.people = naming(dsr.Scope{SubscriptionID: "elsewhere"}), one{eve}
				sim.run(time.Hour)

				record := decode[dsr.RequestRecord](t, readBlob(t, sim.audit, "request-1/request.json"))
				if !slices.EqualFunc(record.Scope, []dsr.Scope{c.scope}, func(a, b dsr.Scope) bool { return a.SubscriptionID == b.SubscriptionID }) || record.Subject.ObjectID != c.objectID {
					t.Errorf("recorded %+v about %+v", record.Scope, record.Subject)
				}
				if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
					t.Errorf("%s %v", m.Status, m.Failures)
				}
				if asked := sim.served("E26") > 0; asked != (c.scope.ExperimentationAccount != "") {
					t.Errorf("notifications asked for: %t", asked)
				}
				sim.checkEvidence(attempt1)
			})
		})
	}
}
