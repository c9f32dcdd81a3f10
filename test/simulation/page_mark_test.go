package simulation_test

import (
	"encoding/json"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// A listing shows only the metadata of a page record. When the metadata names tasks that
// the record itself does not name, none of them is sent.
func TestAPageWhoseMarkNamesMoreThanItsRecordSendsNothing(t *testing.T) {
	for name, mark := range map[string]map[string]string{
		"another page follows": {"state": "next", "chunks": "1"},
		"it has more chunks":   {"state": "last", "chunks": "9"},
		"the list began again": {"state": "continues", "chunks": "1"},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.open()
				plan, _, err := sim.records().Plan(t.Context(), attempt1)
				if err != nil {
					t.Fatal(err)
				}

				k := plan.FirstTask(plan.Nodes[len(plan.Nodes)-1])
				body, err := json.Marshal(dsr.NewPage(k, nil, nil, 50))
				if err != nil {
					t.Fatal(err)
				}
				if err := sim.audit.Put(t.Context(), k.PageBlob(), body, mark); err != nil {
					t.Fatal(err)
				}

				sim.run(3 * time.Hour)

				if resends := sim.resends(attempt1); len(resends) > 0 {
					t.Errorf("tasks that no record names were sent: %q", resends)
				}
				if parked := sim.names(sim.index, dsr.PoisonPrefix); len(parked) > 0 {
					t.Errorf("parked: %q", parked)
				}
			})
		})
	}
}
