package main

import (
	"math/rand/v2"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	fake "azureml-dsr/internal/local/azureml"
	"azureml-dsr/internal/local/stack"
)

const kills = 20

func TestAnExportWhoseHandlerIsKilledTwentyTimesEqualsTheUndisturbedOne(t *testing.T) {
	started := make(chan int, 10*kills)
	account := fakeAccount(400)
	account.ArtifactsPerRun = 2
	d := startTestStack(t, stack.Options{
		Account: account,
		// Slow enough to be hit, and impatient enough for a test.
		Faults:         []fake.Fault{{Delay: 30 * time.Millisecond}},
		Env:            []string{"REDRIVE_DELAYS=1s,1s,1s,1s,1s,1s,1s,1s,1s,1s", "CHUNK_ITEMS=5", "LOST_AFTER=20s"},
		OnHandlerStart: func(pid int) { started <- pid },
	})
	if err := d.submit(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(20, 26))
	open := 0
	for range kills {
		var pid int
		select {
		case pid = <-started:
		case <-time.After(patience):
			t.Fatal("the handler was not started again")
		}
		<-time.After(time.Duration(200+r.IntN(600)) * time.Millisecond) // the random moment
		if _, _, closed, err := d.connections.Ledger.Manifest(t.Context(), dsr.Attempt{RequestID: d.request.ID, Number: 1}); err != nil {
			t.Fatal(err)
		} else if !closed {
			open++
		}
		kill(t, pid)
	}
	t.Logf("%d of %d kills hit the open export", open, kills)
	if open < kills/2 {
		t.Errorf("only %d of %d kills hit the export: it is too quick for this test", open, kills)
	}
	m := d.export(t) // the same request again changes nothing
	if m.Status != dsr.StatusSucceeded {
		t.Fatalf("closed as %s: %+v", m.Status, m.Failures)
	}
	d.checkComplete(t)
}

// checkComplete verifies the evidence and compares every stored document with
// what the upstream holds.
func (d *demo) checkComplete(t *testing.T) {
	t.Helper()
	report, err := ledger.Verify(t.Context(), d.connections.evidence(), dsr.Attempt{RequestID: d.request.ID, Number: 1},
		&ledger.VerifyOptions{Same: sameRows()})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Faults {
		t.Errorf("fault: %+v", f)
	}
	got := d.storedDocuments(t)
	n := 0
	for path, document := range d.stack.Upstream.Documents() {
		n++
		if stored := got[plainPath(t, path)]; string(stored) != maskedDocument(document) {
			t.Errorf("%s differs from the upstream's", path)
		}
	}
	if n != len(got) {
		t.Errorf("%d documents stored, upstream has %d", len(got), n)
	}
}
