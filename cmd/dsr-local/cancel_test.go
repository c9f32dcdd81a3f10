package main

import (
	"context"
	"testing"
	"time"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/stack"
)

// An operator's command cancels a request in the middle of its work. The manifest says so,
// and what was done by then can be verified.
func TestACanceledExportIsClosedAsCanceled(t *testing.T) {
	d := startTestStack(t, stack.Options{Account: testAccount(4000), Env: []string{"CHUNK_ITEMS=5"}})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := d.submit(ctx); err != nil {
		t.Fatal(err)
	}

	id := dsr.Attempt{RequestID: d.request.ID, Number: 1}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()

	for planned := false; !planned; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("no plan was made")
		}

		var err error
		if _, planned, err = d.connections.Ledger.Plan(ctx, id); err != nil {
			t.Fatal(err)
		}
	}

	if code, out := d.dsr(t, "cancel", d.request.ID); code != cli.ExitDone {
		t.Fatalf("cancel: exit code %d\n%s", code, out)
	}
	if code, out := d.dsr(t, "status", d.request.ID, "--watch"); code != cli.ExitNotGood {
		t.Errorf("status: exit code %d\n%s", code, out)
	}

	m, err := d.await(ctx)
	if err != nil || m.Status != dsr.StatusCanceled {
		t.Errorf("closed as %s, %v", m.Status, err)
	}
	if code, out := d.dsr(t, "verify", d.request.ID); code != cli.ExitDone {
		t.Errorf("verify: exit code %d\n%s", code, out)
	}
}
