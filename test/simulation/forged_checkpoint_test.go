package simulation_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestAForgedCheckpointClosesNothing(t *testing.T) {
	ended := func(nodes int) (s dsr.NodeSet) {
		for n := range nodes {
			s.Append(n + 1)
		}
		return s
	}

	forged := map[string]dsr.Checkpoint{
		"every node has ended": {Ended: ended(100)},
		"every page is passed": {Nodes: []dsr.NodeMark{{Node: 1, Pass: 1, Page: 999_999}, {Node: 2, Pass: 3, Page: 7}}, Ended: ended(1)},
		"parts that nobody wrote": {Ended: ended(100), Parts: []dsr.ManifestPartRef{
			{Name: "manifest/part-00001-0123456789abcdef.json", SHA256: strings.Repeat("01", 32), Receipts: 5000, Documents: 1},
		}},
		"a place that is none": {Looked: "../../x", Nodes: []dsr.NodeMark{{Node: -1}, {Node: 100_000, Pass: 9}}},
	}

	want, _ := undisturbed(t, smallAccount(), 2)
	for name, c := range forged {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.open()
				c.Since = time.Now()
				sim.alterOpenRecord(func(o *dsr.OpenRecord) { o.Checkpoint = c })
				sim.reconcile()
				if _, _, closed, err := sim.records().Manifest(t.Context(), attempt1); closed || err != nil {
					t.Fatalf("an attempt of which nothing is done is closed, %v", err)
				}

				sim.alterOpenRecord(func(o *dsr.OpenRecord) { o.Checkpoint = c })
				sim.run(2 * time.Hour)
				checkOutcome(t, sim, want)
			})
		})
	}
}

// A checkpoint that says more than is recorded, forged or kept over a restore of the
// records, plans no deletion and begins no stage.
func TestAForgedCheckpointDeletesNothingAndLeavesNothingOut(t *testing.T) {
	var want map[string]int
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.runDeletion(nil)
		want = sim.deletes()
	})

	all := func(sim *simulation) (s dsr.NodeSet) {
		plan, _, _ := sim.records().Plan(context.Background(), attempt1)
		for _, n := range plan.Reading().Nodes {
			s.Append(n.Number)
		}
		return s
	}

	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.submit(sim.deletionRequest(nil))
		sim.step()

		for range 3 { // nothing is read, then some of it is
			sim.alterOpenRecord(func(o *dsr.OpenRecord) {
				o.Checkpoint = dsr.Checkpoint{Since: time.Now(), Ended: all(sim)}
				o.LastCheck = nil
			})

			sim.reconcile()
			if _, _, planned, err := sim.records().DeletionPlan(t.Context(), attempt1); planned || err != nil {
				t.Fatalf("a deletion is planned from a part of what is there, %v", err)
			}

			for range 5 {
				sim.step()
			}
		}

		sim.run(time.Hour)
		sim.approve(nil)
		sim.alterOpenRecord(func(o *dsr.OpenRecord) { // all stages but the last are said to have ended
			plan, _, _ := sim.records().Plan(context.Background(), attempt1)
			for _, n := range plan.Nodes[:len(plan.Nodes)-1] {
				o.Checkpoint.Ended = dsr.Union(o.Checkpoint.Ended, dsr.NodesOf(n.Number))
			}
			o.LastCheck = nil
		})

		sim.run(24 * time.Hour)

		if got := sim.deletes(); !maps.Equal(got, want) || sim.manifest().Status != dsr.StatusSucceeded {
			t.Errorf("%s, DELETEs %v, want %v", sim.manifest().Status, got, want)
		}
	})
}

func TestAForgedLastCheckStopsNoCheck(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	for name, last := range map[string]dsr.Check{
		"long to come":             {At: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC), Interval: time.Minute},
		"that took very long":      {At: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Took: 1000 * time.Hour, Interval: time.Minute},
		"with an interval of ages": {At: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Interval: 1 << 62, Receipts: 1 << 62},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.open()
				sim.alterOpenRecord(func(o *dsr.OpenRecord) { o.LastCheck = &last })
				sim.run(2 * time.Hour)
				checkOutcome(t, sim, want)
			})
		})
	}
}
