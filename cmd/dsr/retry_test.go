package main

import (
	"context"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/internal/local/azureml"
	"azureml-dsr/internal/local/stack"
)

// What failed in part is done by a retry when its cause is gone, through the real
// parts; both attempts are verified, and both manifests are in what is downloaded.
func TestARetryFulfilsWhatFailed(t *testing.T) {
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
	a, out, _ := testApp(t, nil)
	if err := runRetry(ctx, a, d.connections, d.connections.Bus, retryOptions{id: d.request.ID}); err != nil {
		t.Fatal(err)
	}
	if err := runStatus(ctx, a, d.connections, statusOptions{id: d.request.ID, watch: true}); err != nil {
		t.Fatalf("status: %v\n%s", err, out)
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
	if err := download(ctx, d.connections, d.request.ID, dir); err != nil {
		t.Fatal(err)
	}
	for _, verify := range []func() error{
		func() error { return verifyStored(ctx, a, d.connections, verifyOptions{what: d.request.ID}, nil) },
		func() error { return runVerify(ctx, a, verifyOptions{what: dir + "/" + d.request.ID}) },
	} {
		out.Reset()
		err := verify()
		for _, want := range []string{"ok  " + d.request.ID + "  attempt=1  partiallyFailed", "ok  " + d.request.ID + "  attempt=2  succeeded"} {
			if err != nil || !strings.Contains(out.String(), want) {
				t.Errorf("verify: %v, want %q in\n%s", err, want, out)
			}
		}
	}
}
