package simulation_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestWhatIsNoTaskIsParked(t *testing.T) {
	at := func(change func(*dsr.Task)) string {
		task := dsr.Task{
			SchemaVersion: "1.0",
			RequestID:     testRequest,
			Attempt:       1,
			Node:          "00001",
			Pass:          1,
			Page:          1,
			Type:          "hosting-account",
		}
		change(&task)
		body, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}

	bodies := map[string]string{
		"no JSON":                         `{"schemaVersion":`,
		"no plan":                         at(func(k *dsr.Task) { k.RequestID = "unknown" }),
		"another attempt":                 at(func(k *dsr.Task) { k.Attempt = 2 }),
		"a node past the plan":            at(func(k *dsr.Task) { k.Node = "00099" }),
		"another node's type":             at(func(k *dsr.Task) { k.Type = "runs" }),
		"a page that nobody listed":       at(func(k *dsr.Task) { k.Page = 2 }),
		"a pass that nobody began":        at(func(k *dsr.Task) { k.Pass = 2 }),
		"a chunk past the page":           at(func(k *dsr.Task) { k.Chunk = 7 }),
		"a sub-node without a parent":     at(func(k *dsr.Task) { k.Node = "00001~0123456789abcdef" }),
		"a sub-node that nobody hands on": at(func(k *dsr.Task) { k.Node = "00001~0123456789abcdef"; k.Parent = &dsr.Position{Pass: 1, Page: 1} }),
		"a path for an id":                at(func(k *dsr.Task) { k.RequestID = "../other" }),
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.export()
				blobs := slices.Concat(sim.names(sim.audit, ""), sim.names(sim.exports, ""), sim.names(sim.index, ""))
				calls := len(sim.upstream.Served())
				sim.send(dsr.QueueExports, dsr.Message{ID: "forged", Body: []byte(body)})
				sim.run(time.Hour)
				after := slices.Concat(sim.names(sim.audit, ""), sim.names(sim.exports, ""), sim.names(sim.index, ""))
				parked := slices.DeleteFunc(slices.Clone(after), func(n string) bool { return slices.Contains(blobs, n) })
				if len(parked) != 1 || !strings.HasPrefix(parked[0], "_poison/dsr-exports/") {
					t.Errorf("new blobs %v, want one under _poison/", parked)
				}
				if len(sim.upstream.Served()) != calls || !sim.idle() {
					t.Error("it was worked on, or it still waits")
				}
			})
		})
	}
}
