package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/stack"
)

// TestAStrangerChecksAnExportOfOnePerson exports what is one person's, over the whole stack,
// and has it checked by the commands and by the script of docs/format.md. So does a request
// that was identified, held to a policy, and refused.
func TestAStrangerChecksAnExportOfOnePerson(t *testing.T) {
	account := testAccount(8)
	d := startTestStack(t, stack.Options{
		Account: account,
		Env:     []string{"CHUNK_ITEMS=3", `SOURCE_POLICIES={"*":{"verification":"required","review":"required"}}`},
	})
	request := d.request
	request.ID, request.What, request.Source = "of-one-person", dsr.WhatSubject, "portal"
	if status, body := d.overHTTP(t, http.MethodPost, "/requests", request); status != http.StatusBadRequest || !strings.Contains(string(body), dsr.ReasonVerificationMissing) {
		t.Fatalf("without a verification: %d %s", status, body)
	}

	request.Verification = &dsr.Verification{Method: "signed-in", VerifiedAt: time.Now().Add(-time.Hour), VerifiedBy: "desk"}
	if status, body := d.overHTTP(t, http.MethodPost, "/requests", request); status != http.StatusAccepted {
		t.Fatalf("submitting: %d %s", status, body)
	}
	d.until(t, "/requests/of-one-person", has(`"status":"Succeeded"`))
	refused := request
	refused.ID = "refused-export"
	d.refuseAtOnce(t, refused)

	for _, id := range []string{request.ID, refused.ID} {
		dir := t.TempDir()
		if code, out := d.dsr(t, "download", id, dir); code != cli.ExitDone {
			t.Fatalf("download: exit code %d\n%s", code, out)
		}
		own := filepath.Join(dir, id)
		if code, out := d.dsr(t, "verify", own); code != cli.ExitDone {
			t.Errorf("verify: exit code %d\n%s", code, out)
		}
		if code, out := checkExport(t, own); code != cli.ExitDone {
			t.Errorf("a stranger's script: exit code %d\n%s", code, out)
		}
	}

	if code, out := d.dsr(t, "status", request.ID); code != cli.ExitDone || !strings.Contains(out, "the export is of the subject alone") || !strings.Contains(out, "verification  signed-in  ") {
		t.Errorf("status: exit code %d\n%s", code, out)
	}
	if code, out := d.dsr(t, "list", "--state", "rejected"); code != cli.ExitDone || !strings.HasPrefix(out, "refused-export  ") {
		t.Errorf("list: exit code %d\n%s", code, out)
	}
}

// refuseAtOnce submits a request and refuses it before it can be done.
func (d *demo) refuseAtOnce(t *testing.T, request dsr.Request) {
	t.Helper()
	d.stack.Upstream.SetFaults(fake.Fault{Endpoint: "E14", Status: http.StatusServiceUnavailable}) // it waits until then
	defer d.stack.Upstream.SetFaults()
	if status, body := d.overHTTP(t, http.MethodPost, "/requests", request); status != http.StatusAccepted {
		t.Fatalf("submitting: %d %s", status, body)
	}
	if code, out := d.dsr(t, "refuse", request.ID, "--reason", "asked again and again"); code != cli.ExitDone {
		t.Fatalf("refuse: exit code %d\n%s", code, out)
	}
	d.until(t, "/requests/"+request.ID, has(`"code":"Rejected"`))
}
