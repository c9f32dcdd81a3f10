package simulation_test

import (
	"context"
	"fmt"
	"strings"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
)

var attempt1 = dsr.Attempt{RequestID: testRequest, Number: 1}

// names returns the names of a container's blobs below a prefix, in order.
func (sim *simulation) names(b archive.Backend, prefix string) []string {
	sim.t.Helper()
	var out []string
	for info, err := range b.List(context.Background(), prefix, "") {
		if err != nil {
			sim.t.Fatal(err)
		}
		out = append(out, info.Name)
	}
	return out
}

// served returns how many calls of a row the upstream has answered.
func (sim *simulation) served(endpoint string) int {
	n := 0
	for _, s := range sim.upstream.Served() {
		if s.Endpoint == endpoint {
			n += s.Count
		}
	}
	return n
}

// deadLetters returns the reason and description of the messages in a dead-letter queue.
func (sim *simulation) deadLetters(name string) []string {
	var out []string
	for _, d := range sim.queue(bus.DeadLetter(name)).Peek(0, 1000) {
		var words []string
		for _, p := range d.Properties {
			words = append(words, fmt.Sprint(p.Value))
		}
		out = append(out, strings.Join(words, ": "))
	}
	return out
}

// manifestOf returns the manifest of an attempt.
func (sim *simulation) manifestOf(a dsr.Attempt) dsr.Manifest {
	sim.t.Helper()
	return decode[dsr.Manifest](sim.t, readBlob(sim.t, sim.audit, a.Manifest()))
}

// resends returns the names of the records of an attempt's tasks that were sent again.
func (sim *simulation) resends(a dsr.Attempt) []string {
	sim.t.Helper()
	return sim.names(sim.audit, a.Prefix()+"hops/")
}
