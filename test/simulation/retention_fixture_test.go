package simulation_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

const retentionDays = 30 * 24 * time.Hour

// watch serves one run of the timer.
func watch(p *process) error { return p.DSRWatch(context.Background(), customhandler.Timer{}) }

// closedAndKept runs the standard request and moves the clock to just before its
// documents expire.
func closedAndKept(t *testing.T, sim *simulation) (docs, evidence []string) {
	t.Helper()
	sim.export()
	m := sim.manifestOf(attempt1)
	sim.advanceTo(m.ClosedAt.Add(retentionDays - time.Second))
	return sim.names(sim.exports, testRequest+"/"), sim.names(sim.audit, "")
}

// closedAndExpired runs the standard request and moves the clock to the moment at which
// its documents expire.
func closedAndExpired(t *testing.T, sim *simulation) (docs, evidence []string) {
	t.Helper()
	docs, evidence = closedAndKept(t, sim)
	<-time.After(time.Second)
	return docs, evidence
}

// removeExpired serves one watch, which removes what has expired.
func (sim *simulation) removeExpired() {
	sim.t.Helper()
	if err := watch(sim.newProcess(&faultInjector{})); err != nil {
		sim.t.Fatal(err)
	}
}

// checkRemoved checks that the documents are gone, the evidence is there, and
// that the record counts what there was.
func checkRemoved(t *testing.T, sim *simulation, evidence []string, want dsr.Retention) {
	t.Helper()
	if names := slices.Concat(sim.names(sim.exports, ""), sim.names(sim.index, dsr.OpenPrefix), sim.names(sim.index, dsr.ExpiresPrefix)); len(names) > 0 {
		t.Errorf("still stored: %v", names)
	}
	if got := sim.names(sim.audit, ""); len(got) != len(evidence)+1 {
		t.Errorf("%d blobs of evidence, want those %d from before and the record", len(got), len(evidence))
	}
	got := decode[dsr.Retention](t, readBlob(t, sim.audit, attempt1.Retention()))
	got.BeganAt, want.BeganAt = time.Time{}, time.Time{}
	if got != want {
		t.Errorf("recorded %+v, want %+v", got, want)
	}
}

// expectedRetention is the record that a removal of what is stored now must leave.
func (sim *simulation) expectedRetention() dsr.Retention {
	m := sim.manifestOf(attempt1)
	r := dsr.Retention{
		SchemaVersion: "1.0",
		RequestID:     testRequest,
		Attempt:       1,
		ClosedAt:      m.ClosedAt,
		RetentionDays: 30,
	}
	for _, p := range m.Totals {
		r.Documents += p.Documents
	}
	r.Documents -= m.Totals["E24"].Documents // it repeats E19
	for _, name := range sim.names(sim.exports, attempt1.Prefix()) {
		r.Blobs++
		r.Bytes += int64(len(readBlob(sim.t, sim.exports, name)))
	}
	return r
}
