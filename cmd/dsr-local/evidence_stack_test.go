package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator/operatortest"
	"azureml-dsr/test/emulator/stack"
)

// The operator's commands must agree with the records of a real worker, including those
// with followers, sub-nodes and artifacts.
func TestTheOperatorsCommandsReadWhatTheWorkerWrote(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}

	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	account := testAccount(4)
	account.ArtifactsPerRun = 52 // too many for a chunk: sub-nodes
	d := startTestStack(t, stack.Options{
		Account: account,
		Env:     []string{"EVIDENCE_KEY=" + strings.ReplaceAll(string(key), "\n", `\n`), "CHUNK_ITEMS=3", "CONTENT_KEY=0123456789abcdef0123456789abcdef"},
	})

	d.export(t)
	id, dir := d.request.ID, t.TempDir()
	own := filepath.Join(dir, id)

	// The reconciler signs after it has written the manifest, so watch the status first.
	if code, out := d.dsr(t, "status", id, "--watch"); code != cli.ExitDone {
		t.Errorf("status: exit code %d\n%s", code, out)
	}
	if code, out := d.dsr(t, "download", id, dir); code != cli.ExitDone {
		t.Fatalf("download: exit code %d\n%s", code, out)
	}

	for _, what := range []string{id, own} {
		if code, out := d.dsr(t, "verify", what, "--key", keyFile(t, public)); code != cli.ExitDone || !strings.Contains(out, "signature=valid") {
			t.Errorf("verify %s: exit code %d\n%s", what, code, out)
		}
	}
	if code, out := checkExport(t, own); code != cli.ExitDone {
		t.Errorf("a stranger's script: exit code %d\n%s", code, out)
	}

	if subject, err := os.ReadFile(filepath.Join(own, "subject.json")); err != nil || !strings.Contains(string(subject), `"contentKey":"`) {
		t.Errorf("the subject has no key of the request's content (%v)", err)
	}

	subs, err := filepath.Glob(filepath.Join(own, "1", "receipts", "*~*"))
	if err != nil || len(subs) == 0 {
		t.Errorf("the export has no sub-node (%v)", err)
	}

	files := operatortest.FilesIn(t, own)
	content := files[slices.IndexFunc(files, func(f string) bool { return strings.Contains(f, "/content/") })]
	if err := os.WriteFile(filepath.Join(own, content), []byte("another artifact"), 0o600); err != nil {
		t.Fatal(err)
	}

	operatortest.SumAgain(t, own)

	if code, out := checkExport(t, own); code != cli.ExitNotGood || !strings.HasPrefix(out, "changed  "+content+"\n") || !strings.HasSuffix(out, "\nfaults=1\n") {
		t.Errorf("with another artifact a stranger's script ends with %d:\n%s", code, out)
	}
}

// keyFile writes a public key to a file.
func keyFile(t *testing.T, public ed25519.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "public.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// checkExport runs the script of docs/format.md on a downloaded request.
func checkExport(t *testing.T, dir string) (code int, out string) {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "node", "../../docs/examples/check-export.mjs", dir).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), string(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return cli.ExitDone, string(text)
}
