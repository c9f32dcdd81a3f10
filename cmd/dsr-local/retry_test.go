package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/stack"
)

// A retry on a real stack does what failed, once the cause is gone. Both attempts can be
// verified, and both are in the download.
func TestARetryRepeatsWhatFailed(t *testing.T) {
	d := startTestStack(t, stack.Options{Account: testAccount(8), Faults: []fake.Fault{{Endpoint: "E16", Status: 403, Match: "run-000001"}}})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := d.submit(ctx); err != nil {
		t.Fatal(err)
	}
	first, err := d.await(ctx)
	if err != nil || first.Status != dsr.StatusPartiallyFailed {
		t.Fatalf("closed as %s, %v", first.Status, err)
	}

	d.stack.Upstream.SetFaults()
	if code, out := d.dsr(t, "retry", d.request.ID); code != cli.ExitDone {
		t.Fatalf("retry: exit code %d\n%s", code, out)
	}
	if code, out := d.dsr(t, "status", d.request.ID, "--watch"); code != cli.ExitDone {
		t.Fatalf("status: exit code %d\n%s", code, out)
	}
	second, _, _, err := d.connections.Ledger.Manifest(ctx, dsr.Attempt{RequestID: d.request.ID, Number: 2})
	if err != nil {
		t.Fatal(err)
	}

	failed := first.Totals["E16"].Failed
	if got := second.Totals["E16"]; failed == 0 || got.Documents != failed || second.Previous.Totals["E16"] != first.Totals["E16"] {
		t.Errorf("%d failed; the second attempt has %+v, before it %+v", failed, got, second.Previous)
	}

	dir := t.TempDir()
	if code, out := d.dsr(t, "download", d.request.ID, dir); code != cli.ExitDone {
		t.Fatalf("download: exit code %d\n%s", code, out)
	}

	for _, what := range []string{d.request.ID, filepath.Join(dir, d.request.ID)} {
		code, out := d.dsr(t, "verify", what)
		for _, want := range []string{"ok  " + d.request.ID + "  attempt=1  partiallyFailed", "ok  " + d.request.ID + "  attempt=2  succeeded"} {
			if code != cli.ExitDone || !strings.Contains(out, want) {
				t.Errorf("verify: exit code %d, want %q in\n%s", code, want, out)
			}
		}
	}
}
