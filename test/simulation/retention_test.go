package simulation_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestExpiredDocumentsAreRemovedAndTheEvidenceStays(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		docs, evidence := closedAndKept(t, sim)
		want := sim.expectedRetention()
		p := sim.newProcess(&faultInjector{})
		if err := watch(p); err != nil {
			t.Fatal(err)
		}
		if got := sim.names(sim.exports, testRequest+"/"); len(got) != len(docs) {
			t.Fatalf("%d of %d documents are left a second before they expire", len(got), len(docs))
		}

		<-time.After(time.Second)
		if err := watch(p); err != nil {
			t.Fatal(err)
		}

		checkRemoved(t, sim, evidence, want)
		began := decode[dsr.Retention](t, readBlob(t, sim.audit, attempt1.Retention())).BeganAt
		if !began.Equal(time.Now()) {
			t.Errorf("began at %s, want %s", began, time.Now())
		}
	})
}

func TestDocumentsThatMustStayAreNotRemoved(t *testing.T) {
	for name, change := range map[string]func(sim *simulation) time.Duration{
		"while an attempt of the request is open": func(sim *simulation) time.Duration {
			a := dsr.Attempt{RequestID: testRequest, Number: 2}
			_ = sim.index.Put(context.Background(), a.Open(), []byte("{}"), nil)
			return retentionDays
		},
		"while the setting of today keeps them longer": func(*simulation) time.Duration { return 2 * retentionDays },
		"of an attempt that has no manifest": func(sim *simulation) time.Duration {
			_ = sim.audit.Delete(context.Background(), attempt1.Manifest())
			return retentionDays
		},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				docs, _ := closedAndKept(t, sim)
				sim.retention = change(sim)
				<-time.After(time.Hour)
				if err := watch(sim.newProcess(&faultInjector{})); err != nil {
					t.Fatal(err)
				}

				if got := sim.names(sim.exports, testRequest+"/"); len(got) != len(docs) {
					t.Errorf("%d of %d documents are left", len(got), len(docs))
				}
				if got := sim.names(sim.index, dsr.ExpiresPrefix); len(got) != 1 {
					t.Errorf("index %v, want the attempt still on it", got)
				}
			})
		})
	}
}

func TestTheSubjectGoesWithTheLastAttempt(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		closedAndExpired(t, sim)
		second := dsr.Attempt{RequestID: testRequest, Number: 2}
		ctx := context.Background()
		later := time.Now().AddDate(0, 0, 10)
		for _, err := range []error{
			sim.exports.Put(ctx, second.Prefix()+"data/x.json", []byte("[]"), nil),
			sim.index.Put(ctx, second.Expires(later), []byte("{}"), nil),
			sim.audit.Put(ctx, second.Manifest(), []byte(`{"closedAt":"`+later.Add(-retentionDays).Format(time.RFC3339)+`"}`), nil),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}

		p := sim.newProcess(&faultInjector{})
		if err := watch(p); err != nil {
			t.Fatal(err)
		}
		if got := sim.names(sim.exports, testRequest+"/"); len(got) != 2 {
			t.Fatalf("left %v, want the other attempt's document and the subject", got)
		}

		sim.advanceTo(later.Add(time.Second))
		if err := watch(p); err != nil {
			t.Fatal(err)
		}

		if got := slices.Concat(sim.names(sim.exports, ""), sim.names(sim.index, dsr.OpenPrefix), sim.names(sim.index, dsr.ExpiresPrefix)); len(got) > 0 {
			t.Errorf("left %v", got)
		}
	})
}

func TestAnAttemptThatFailsDoesNotKeepTheOthers(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		_, evidence := closedAndExpired(t, sim)
		want, ctx := sim.expectedRetention(), context.Background()
		broken := dsr.Attempt{RequestID: "broken", Number: 1}
		index := []string{broken.Expires(time.Now().AddDate(0, 0, -9)), dsr.ExpiresPrefix + "0"}
		for _, name := range index { // the first in the list, and both before the good one
			_ = sim.index.Put(ctx, name, []byte("{}"), nil)
		}

		_ = sim.audit.Put(ctx, broken.Manifest(), []byte("no JSON"), nil)

		if err := watch(sim.newProcess(&faultInjector{})); err == nil {
			t.Error("a run that could not remove all is taken for a good one")
		}

		_ = sim.audit.Delete(ctx, broken.Manifest())
		for _, name := range index {
			_ = sim.index.Delete(ctx, name)
		}

		checkRemoved(t, sim, evidence, want)
	})
}

func TestAWatchThatFailsInOneThingDoesTheOthers(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		_, evidence := closedAndExpired(t, sim)
		want := sim.expectedRetention()
		sim.undrainable = true
		if err := watch(sim.newProcess(&faultInjector{})); err == nil {
			t.Error("the failure is not reported")
		}
		checkRemoved(t, sim, evidence, want)
	})
}

func TestAHoldKeepsExpiredDocuments(t *testing.T) {
	account := smallAccount()
	for name, on := range map[string]string{
		"a run":        account.RunID(0, 0, 1),
		"the request":  testRequest,
		"a project":    experimentationID + "/workspaces/workspace-00/projects/project-00",
		"a run's path": experimentationID + "/workspaces/workspace-00/projects/project-00/runs/" + account.RunID(0, 0, 1),
		"a group":      "/subscriptions/SUB-1/resourceGroups/group-1",
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				docs, _ := closedAndExpired(t, sim)
				sim.hold(on)
				p := sim.newProcess(&faultInjector{})
				if err := watch(p); err != nil {
					t.Fatal(err)
				}
				if got := sim.names(sim.exports, testRequest+"/"); len(got) != len(docs) {
					t.Fatalf("%d of %d documents are left", len(got), len(docs))
				}
				if _, err := sim.records().RecordHold(t.Context(), dsr.Hold{
					ID:       "case-1",
					Number:   2,
					On:       on,
					Released: true,
				}); err != nil {
					t.Fatal(err)
				}
				if err := watch(p); err != nil {
					t.Fatal(err)
				}

				if got := sim.names(sim.exports, testRequest+"/"); len(got) > 0 {
					t.Errorf("still stored when the hold is released: %v", got)
				}
			})
		})
	}

	simulate(t, func(t *testing.T, sim *simulation) {
		closedAndExpired(t, sim)
		sim.hold("/subscriptions/sub-1/resourceGroups/group-10")
		sim.removeExpired()

		if got := sim.names(sim.exports, testRequest+"/"); len(got) > 0 {
			t.Error("a hold elsewhere keeps it")
		}
	})
}
