package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/local/stack"
	"azureml-dsr/internal/verify"
)

// What the worker itself has written, with followers, sub-nodes and artifacts,
// is what the operator's commands must agree with.
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
		Env:     []string{"EVIDENCE_KEY=" + strings.ReplaceAll(string(key), "\n", `\n`), "CHUNK_ITEMS=3"},
	})
	d.export(t)
	a, out, _ := testApp(t, nil)
	id, dir := d.request.ID, t.TempDir()

	// The closer signs after the manifest, so the state comes first.
	if err := runStatus(t.Context(), a, d.connections, statusOptions{id: id, watch: true}); err != nil {
		t.Errorf("status: %v", err)
	}
	if err := runDownload(t.Context(), a, d.connections, downloadOptions{id: id, dir: dir}); err != nil {
		t.Fatalf("download: %v", err)
	}
	folder, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	for name, e := range map[string]verify.Evidence{"containers": evidenceOf(d.connections), "folder": folder} {
		out.Reset()
		if err := verifyAttempt(t.Context(), a, e, dsr.Attempt{RequestID: id, Number: 1}, public, false); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	own := filepath.Join(dir, id)
	if code, out := checkExport(t, own); code != exitDone {
		t.Errorf("a stranger's script: exit code %d\n%s", code, out)
	}
	subs, err := filepath.Glob(filepath.Join(dir, id, "1", "receipts", "*~*"))
	if err != nil || len(subs) == 0 {
		t.Errorf("the export has no sub-node (%v)", err)
	}
	files := filesIn(t, own)
	content := files[slices.IndexFunc(files, func(f string) bool { return strings.Contains(f, "/content/") })]
	write(t, filepath.Join(own, content), "another artifact")
	sumAnew(t, own)
	if code, out := checkExport(t, own); code != exitNotGood || out != "changed  "+content+"\nfaults=1\n" {
		t.Errorf("with another artifact a stranger's script ends with %d:\n%s", code, out)
	}
}
