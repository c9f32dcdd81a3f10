package simulation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestARetryDoesJustWhatFailed(t *testing.T) {
	undisturbed, _ := undisturbed(t, smallAccount(), 2)
	tests := []struct {
		name   string
		faults []fake.Fault
		totals map[string]dsr.Counts // of the second attempt
	}{
		{
			name: "an item", faults: []fake.Fault{{Endpoint: "E16", Status: 403, Match: "run-000001"}},
			totals: map[string]dsr.Counts{"E16": {Calls: 1, Documents: 1}},
		},
		{
			name: "all items of two types", faults: []fake.Fault{{Endpoint: "E16", Status: 403}, {Endpoint: "E03", Status: 400}},
			totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 3}, "E03": {Calls: 1, Documents: 1}},
		},
		{
			name: "a document without a list", faults: []fake.Fault{{Endpoint: "E27", Status: 403, Skip: 1}},
			totals: map[string]dsr.Counts{"E27": {Calls: 1, Documents: 1}},
		},
		{
			// A run's own list is a sub-node here: it is read again as a whole, by the
			// type that failed and no other.
			name: "an artifact of a sub-node", faults: []fake.Fault{{Endpoint: "content", Status: 403, Match: "run-000001", Times: 1}},
			totals: map[string]dsr.Counts{"E22": {Calls: 2, Documents: 2}, "E23": {Calls: 3, Documents: 3}},
		},
		{
			name: "a list", faults: []fake.Fault{{Endpoint: "E02", Status: 403}},
			totals: map[string]dsr.Counts{"E02": {Calls: 1, Documents: 1}, "E03": {Calls: 1, Documents: 1}},
		},
		{
			// Nobody knows what stood on the pages that never came: all types of the
			// node walk it again.
			name: "a list that broke off", faults: []fake.Fault{{Endpoint: "E14", Status: 403, Skip: 1}},
			totals: without(undisturbed.Totals, func(id string) bool {
				return !slices.Contains([]string{"E14", "E16", "E19", "E20", "E22", "E23", "E24"}, id)
			}),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.upstream.SetFaults(tt.faults...)
				if got := sim.complete(exportRequest).Status; got != dsr.StatusPartiallyFailed {
					t.Fatalf("the first attempt is %s", got)
				}

				sim.upstream.SetFaults()
				calls := sim.calls()
				sim.retry(2)
				sim.run(time.Hour)
				checkAttempt(t, sim, 2, dsr.StatusSucceeded, tt.totals)
				want := int64(0)
				for id, c := range tt.totals {
					switch want += c.Calls; id {
					case "E23":
						want += c.Calls // and the bytes behind it
					case "E19", "E22":
						want += c.Calls / 2 // a list is begun before it is a sub-node
					case "E24":
						want -= c.Calls // it repeats E19
					}
				}

				if got := int64(sim.calls() - calls); got != want {
					t.Errorf("the second attempt called the upstream %d times, want %d", got, want)
				}
			})
		})
	}
}

func TestATargetThatWasNotThereIsLookedForAgain(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "E27", Status: 404})
		sim.export()
		sim.upstream.SetFaults()
		sim.retry(2)
		sim.run(time.Hour)
		first, second := sim.outcome(), sim.outcomeOf(attemptOf(2))
		if second.Status != dsr.StatusSucceeded || !sim.idle() {
			t.Fatalf("the second attempt is %s", second.Status)
		}

		// Both together are the undisturbed export: nothing twice, nothing missing.
		both := dsr.Totals{}
		both.Add(first.Totals)
		both.Add(second.Totals)
		failed := both["E27"]
		failed.Failed--
		both["E27"] = failed

		if diff := cmp.Diff(want.Totals, both); diff != "" {
			t.Errorf("totals of both attempts (-undisturbed +got):\n%s", diff)
		}

		documents := append(slices.Clone(first.Documents), second.Documents...)
		if len(documents) != len(want.Documents) {
			t.Errorf("%d entries in both attempts, %d in the undisturbed one", len(documents), len(want.Documents))
		}
	})
}

func TestOnlyWhatDiscoveryMissedIsAdded(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "PR", Status: 403})
		sim.export()
		sim.upstream.SetFaults()
		sim.retry(2)
		sim.run(time.Hour)

		// The workspace was there: of it nothing is read again.
		checkAttempt(t, sim, 2, dsr.StatusSucceeded, without(want.Totals, func(id string) bool {
			row, _ := azureml.Find(id)
			return row.Level != dsr.Project
		}))
	})
}

func TestWhatARetryLeavesOutIsSaidAndCanBeDoneLater(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(
			fake.Fault{Endpoint: "E16", Status: 403, Match: "run-000001"}, fake.Fault{Endpoint: "E03", Status: 403},
			fake.Fault{Endpoint: "E04", Status: 403})
		sim.export()
		sim.upstream.SetFaults()

		sim.retry(2, "runs")
		sim.run(time.Hour)
		m := checkAttempt(t, sim, 2, dsr.StatusPartiallyFailed, map[string]dsr.Counts{
			"E16": {Calls: 1, Documents: 1}, "E03": {Failed: 1}, "E04": {Failed: 1},
		})
		for _, f := range m.Failures {
			if f.Reason != dsr.ReasonNotRetried || f.Target == "" || f.Item != "" {
				t.Errorf("failure %+v", f)
			}
		}

		sim.retry(3)
		sim.run(time.Hour)
		checkAttempt(t, sim, 3, dsr.StatusSucceeded, map[string]dsr.Counts{
			"E03": {Calls: 1, Documents: 1}, "E04": {Calls: 1, Documents: 1},
		})
	})
}

func TestManyFailedItemsAreRetriedInPages(t *testing.T) {
	account := smallAccount()
	account.Runs = 1101
	simulateAccount(t, account, 1000, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "E16", Status: 403})
		sim.submit(strings.Replace(exportRequest, `"kind"`, `"resourceTypes":["runs"],"kind"`, 1))
		sim.run(24 * time.Hour)
		sim.upstream.SetFaults()
		sim.retry(2)
		sim.run(24 * time.Hour)
		checkAttempt(t, sim, 2, dsr.StatusSucceeded, map[string]dsr.Counts{"E16": {Calls: 1101, Documents: 1101}})

		if pages := sim.names(sim.audit, attemptOf(2).Pages()); len(pages) != 2 {
			t.Errorf("pages %v, want two", pages)
		}
		if resends := sim.resends(attemptOf(2)); len(resends) > 0 {
			t.Errorf("the reconciler sent what no page had sent: %v", resends)
		}
	})
}
