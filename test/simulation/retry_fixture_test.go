package simulation_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

func attemptOf(n int) dsr.Attempt { return dsr.Attempt{RequestID: testRequest, Number: n} }

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// records is the ledger as an operator's command has it.
func (sim *simulation) records() *ledger.Ledger {
	return ledger.New(archive.New(sim.audit, nil), archive.New(sim.exports, nil), archive.New(sim.index, nil))
}

// retry orders an attempt after the first, as `dsr retry` does.
func (sim *simulation) retry(n int, only ...string) {
	sim.t.Helper()
	r := dsr.Retry{
		RequestID:   testRequest,
		Attempt:     n,
		Only:        only,
		RequestedAt: time.Now(),
		Previous:    dsr.HashRef{SHA256: hashOf(readBlob(sim.t, sim.audit, attemptOf(n-1).Manifest()))},
	}
	if _, err := sim.records().RecordRetry(context.Background(), r); err != nil {
		sim.t.Fatal(err)
	}
	sim.sendAttempt(n)
}

// sendAttempt sends the stored request with the number of an attempt.
func (sim *simulation) sendAttempt(n int) {
	sim.t.Helper()
	request, _, err := sim.records().Request(context.Background(), testRequest)
	if err != nil {
		sim.t.Fatal(err)
	}
	subject, err := sim.records().Subject(context.Background(), testRequest)
	if err != nil {
		sim.t.Fatal(err)
	}
	m, err := dsr.ReopenMessage(request, subject, attemptOf(n))
	if err != nil {
		sim.t.Fatal(err)
	}

	// As the queue hands a number over.
	m.Properties[dsr.PropAttempt] = float64(n)
	delete(m.Properties, dsr.PropTry)
	sim.send(dsr.QueueRequests, m)
}

// checkAttempt checks what an attempt after the first came to, and that it and
// those before it verify.
func checkAttempt(t *testing.T, sim *simulation, n int, status dsr.Status, totals map[string]dsr.Counts) dsr.Manifest {
	t.Helper()
	if !sim.idle() {
		t.Fatalf("something is left open or waiting: dead letters %v", sim.deadLetters(dsr.QueueRequests))
	}

	m := sim.manifestOf(attemptOf(n))
	if m.Status != status {
		t.Errorf("attempt %d is %s, want %s: %+v", n, m.Status, status, m.Failures)
	}
	if diff := cmp.Diff(totals, without(m.Totals, func(string) bool { return false })); diff != "" {
		t.Errorf("totals of attempt %d (-want +got):\n%s", n, diff)
	}

	before := readBlob(t, sim.audit, attemptOf(n-1).Manifest())
	want := &dsr.Previous{Attempt: n - 1, SHA256: hashOf(before), Totals: decode[dsr.Manifest](t, before).Totals}
	if diff := cmp.Diff(want, m.Previous); diff != "" {
		t.Errorf("previous of attempt %d (-want +got):\n%s", n, diff)
	}

	for k := range n {
		sim.checkEvidence(attemptOf(k + 1))
	}

	return m
}

// without returns totals without their bytes, without empty rows and without the rows
// that drop selects.
func without(totals dsr.Totals, drop func(id string) bool) map[string]dsr.Counts {
	kept := map[string]dsr.Counts{}
	for id, c := range totals {
		if c.Bytes = 0; !drop(id) && c != (dsr.Counts{}) {
			kept[id] = c
		}
	}
	return kept
}

// calls counts the calls that the upstream has served.
func (sim *simulation) calls() int {
	n := 0
	for _, s := range sim.upstream.Served() {
		n += s.Count
	}
	return n
}

func (sim *simulation) storedRequest() (dsr.RequestRecord, *dsr.Subject) {
	sim.t.Helper()
	request, _, err := sim.records().Request(context.Background(), testRequest)
	if err != nil {
		sim.t.Fatal(err)
	}
	subject, err := sim.records().Subject(context.Background(), testRequest)
	if err != nil {
		sim.t.Fatal(err)
	}
	return request, subject
}
