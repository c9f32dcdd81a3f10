package simulation_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestEarlierExportsAreErasedLastOfAll(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.submitAs("earlier", exportRequest)
		sim.submitAs("elsewhere", strings.NewReplacer("sub-1", "sub-2").Replace(exportRequest))
		sim.submitAs("neighbor", strings.NewReplacer("team", "team-2", `"models"`, `"models-2"`).Replace(exportRequest))
		sim.run(time.Hour)
		earlier := sim.names(sim.audit, "earlier/")
		sim.live = sim.newProcess(&faultInjector{gate: func(name string) {
			if n := len(sim.deletions()); strings.HasPrefix(name, "delete earlier/") && n != 16 {
				t.Errorf("%s when %d of 16 things are deleted", name, n)
			}
		}})

		sim.runDeletion(func(r *dsr.Request) { r.EraseExports = true })
		if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s %v", m.Status, m.Failures)
		}

		if left := sim.names(sim.exports, "earlier/"); len(left) > 0 {
			t.Errorf("still stored: %v", left)
		}

		r := decode[dsr.Retention](t, readBlob(t, sim.audit, "earlier/1/retention.json"))
		if r.ErasedBy != testRequest || r.Documents == 0 || len(sim.names(sim.audit, "earlier/")) != len(earlier)+1 {
			t.Errorf("recorded %+v; evidence before %v", r, earlier)
		}
		if kept := sim.names(sim.exports, "elsewhere/"); len(kept) == 0 {
			t.Error("another place's export is gone")
		}
		if gone := sim.names(sim.audit, "neighbor/1/retention"); len(gone) > 0 {
			t.Error("the export of other accounts in the same group is gone")
		}
		if own := sim.names(sim.exports, testRequest+"/"); len(own) == 0 {
			t.Error("what the request itself keeps is gone before it has expired")
		}

		sim.checkEvidence(attempt1)
	})
}

func TestAHoldKeepsAnEarlierExport(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		for _, id := range []string{"earlier", "held", "later"} {
			sim.submitAs(id, exportRequest)
		}

		sim.run(time.Hour)
		sim.hold("held")
		sim.runDeletion(func(r *dsr.Request) { r.EraseExports = true })

		if m := sim.manifest(); m.Status != dsr.StatusPartiallyFailed || reasons(m)["erase-exports Held"] != 1 {
			t.Errorf("%s %v", m.Status, m.Failures)
		}
		if kept := sim.names(sim.exports, "held/"); len(kept) == 0 {
			t.Error("the held export is gone")
		}
		if left := slices.Concat(sim.names(sim.exports, "earlier/"), sim.names(sim.exports, "later/")); len(left) > 0 {
			t.Errorf("still stored: %v", left)
		}
	})
}

func TestAnEarlierExportIsKeptWhenADeletionFails(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.submitAs("earlier", exportRequest)
		sim.run(time.Hour)
		sim.upstream.SetFaults(fake.Fault{Endpoint: "D07", Status: 403, Times: 1})
		before := sim.names(sim.exports, "earlier/")
		sim.runDeletion(func(r *dsr.Request) { r.EraseExports = true })
		want := map[string]int{"D07 Forbidden": 1, "D08 DependencyFailed": 1, "erase-exports DependencyFailed": 1}
		if got := reasons(sim.manifest()); !maps.Equal(got, want) {
			t.Errorf("failures %v, want %v", got, want)
		}
		if kept := sim.names(sim.exports, "earlier/"); !slices.Equal(kept, before) {
			t.Errorf("of %d blobs of the copy %d are left", len(before), len(kept))
		}

		sim.checkEvidence(attempt1)
	})
}

func TestALargeCopyIsErasedInSeveralInvocations(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.submitAs("earlier", exportRequest)
		sim.run(time.Hour)

		for i := range 800 {
			if err := sim.exports.Put(t.Context(), fmt.Sprintf("earlier/1/data/artifacts/content/%03d", i), []byte("x"), nil); err != nil {
				t.Fatal(err)
			}
		}

		sim.boot = func() *process {
			return sim.newProcess(&faultInjector{gate: func(name string) {
				if strings.HasPrefix(name, "delete earlier/1/") {
					<-time.After(time.Minute)
				}
			}})
		}

		sim.live = nil
		sim.runDeletion(func(r *dsr.Request) { r.EraseExports = true })

		if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
			t.Errorf("%s %v", m.Status, m.Failures)
		}
		if left := sim.names(sim.exports, "earlier/"); len(left) > 0 {
			t.Errorf("%d blobs are still stored", len(left))
		}

		unfinished := 0
		for _, name := range sim.resends(attempt1) {
			switch h := decode[dsr.Hop](t, readBlob(t, sim.audit, name)); h.Class {
			case dsr.HopUnfinished:
				if unfinished++; h.Progress == 0 {
					t.Errorf("%s counts no progress", name)
				}
			case dsr.HopStage:
			default:
				t.Errorf("%s: %s, %s", name, h.Class, h.LastError)
			}
		}

		if unfinished < 2 {
			t.Errorf("%d invocations were too short: the copy is too small for this test", unfinished)
		}
	})
}
