package simulation_test

import (
	"encoding/json"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// What a listing tells of a page record is its metadata. Where that names tasks that
// the record itself doesn't, none of them is sent.
func TestAPageWhoseMarkNamesMoreThanItsRecordSendsNothing(t *testing.T) {
	for name, mark := range map[string]map[string]string{
		"another page follows": {"state": "next", "chunks": "1"},
		"it has more chunks":   {"state": "last", "chunks": "9"},
		"the list began again": {"state": "continues", "chunks": "1"},
	} {
		t.Run(name, func(t *testing.T) {
			inSimulation(t, func(t *testing.T, w *simulation) {
				w.opened()
				plan, _, err := w.records().Plan(t.Context(), attempt1)
				if err != nil {
					t.Fatal(err)
				}

				k := plan.FirstTask(plan.Nodes[len(plan.Nodes)-1])
				body, err := json.Marshal(dsr.NewPage(k, nil, nil, 50))
				if err != nil {
					t.Fatal(err)
				}
				if err := w.audit.Put(t.Context(), k.PageBlob(), body, mark); err != nil {
					t.Fatal(err)
				}

				w.run(3 * time.Hour)

				if hops := w.names(w.audit, attempt1.Prefix()+"hops/"); len(hops) > 0 {
					t.Errorf("tasks that no record names were sent: %q", hops)
				}
				if parked := w.names(w.index, dsr.PoisonPrefix); len(parked) > 0 {
					t.Errorf("parked: %q", parked)
				}
			})
		})
	}
}
