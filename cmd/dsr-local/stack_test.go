package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/appstack"
	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/stack"
)

// startTestStack runs the whole app.
func startTestStack(t *testing.T, opts stack.Options) *demo {
	t.Helper()
	log := &lockedBuffer{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(log.String())
		}
	})

	opts.AppDir = filepath.Join(t.TempDir(), "app")
	opts.Logger, opts.HandlerOutput = slog.New(slog.NewTextHandler(log, nil)), log
	s, err := startStack(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { mustDo(t, s.Stop) })
	c, err := appstack.Connect(s)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { mustDo(t, c.Close) })
	e, _, _ := testEnv()
	return newDemo(e, s, c, fakeRequest("e2e-1", opts.Account))
}

func mustDo(t *testing.T, f func() error) {
	t.Helper()
	if err := f(); err != nil {
		t.Error(err)
	}
}

// dsr runs a command of an operator on the stack, and returns its exit code and what it
// printed.
func (d *demo) dsr(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	cmd := exec.CommandContext(ctx, dsrProgram, args...)
	cmd.Env = append(os.Environ(), d.stack.Env()...)
	text, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), string(text) + string(exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}

	return cli.ExitDone, string(text)
}

// lockedBuffer is a buffer that several processes' output goes into.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// export sends the request and waits until it is closed.
func (d *demo) export(t *testing.T) dsr.Manifest {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := d.submit(ctx); err != nil {
		t.Fatal(err)
	}
	m, err := d.await(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// testAccount is the fake account without machine learning workspaces, because reading one
// takes seconds.
func testAccount(runs int) fake.Account {
	account := fakeAccount(runs)
	account.MachineLearningWorkspaces, account.ML = 0, fake.ML{}
	return account
}

func smallAccount() fake.Account {
	account := fakeAccount(8)
	account.MachineLearningWorkspaces = 1
	account.ArtifactsPerRun = 52 // one more than fits into a chunk: their lists become sub-nodes
	return account
}

func TestAnExportKeepsEveryDocumentByteForByte(t *testing.T) {
	d := startTestStack(t, stack.Options{Account: smallAccount()})
	m := d.export(t)
	if m.Status != dsr.StatusSucceeded {
		t.Fatalf("closed as %s: %+v", m.Status, m.Failures)
	}

	if lines := compareServed(m.Totals, d.stack.Upstream.Served()); len(lines) > 0 {
		t.Errorf("the manifest and the fake's log differ:\n%s", strings.Join(lines, "\n"))
	}

	got := d.storedDocuments(t)
	n := 0
	for path, document := range d.stack.Upstream.Documents() {
		n++
		want := maskedDocument(document)
		if stored := got[plainPath(t, path)]; string(stored) != want {
			t.Errorf("%s\nstored   %s\nupstream %s", path, stored, want)
		}
	}

	if n == 0 || n != len(got) {
		t.Errorf("%d documents stored, upstream has %d", len(got), n)
	}

	d.mustKeepNoSecret(t)

	for _, row := range azureml.Catalogue() {
		if m.Totals[row.ID].Documents == 0 {
			t.Errorf("%s: the fake account has nothing for it", row.ID)
		}
	}
}

func TestAnExportKeepsTheBytesOfEveryArtifact(t *testing.T) {
	account := testAccount(8)
	d := startTestStack(t, stack.Options{Account: account})
	d.export(t)
	wanted := map[string]int{} // by hash
	for _, document := range d.stack.Upstream.Documents() {
		var info struct{ ContentURI string }
		if json.Unmarshal(document, &info) == nil && info.ContentURI != "" {
			wanted[hashOf(t, fetch(t, info.ContentURI))]++
		}
	}

	if len(wanted) == 0 {
		t.Fatal("the fake has no artifacts")
	}

	for info, err := range d.connections.Exports.Backend().List(t.Context(), "e2e-1/1/data/artifacts/", "") {
		if err != nil {
			t.Fatal(err)
		}

		if strings.Contains(info.Name, "/content/") {
			body, _, err := d.connections.Exports.Backend().Open(t.Context(), info.Name, 0)
			if err != nil {
				t.Fatal(err)
			}
			wanted[hashOf(t, body)]--
		}
	}

	for sum, n := range wanted {
		if n != 0 {
			t.Errorf("content %s: upstream and storage differ by %d", sum, n)
		}
	}
}

func TestAnExportSurvivesCrashesOfItsHandlerAndItsHost(t *testing.T) {
	started := make(chan int, 100)
	d := startTestStack(t, stack.Options{
		Account: testAccount(40), Env: []string{"REDRIVE_DELAYS=1s,1s,1s,1s", "CHUNK_ITEMS=5"},
		OnHandlerStart: func(_, pid int) { started <- pid },
	})
	if err := d.submit(t.Context()); err != nil {
		t.Fatal(err)
	}

	// The third error ends the host: the fourth handler is that of another host.
	for range 3 {
		kill(t, <-started)
	}

	select {
	case <-started:
	case <-time.After(patience):
		t.Fatal("no other host was started")
	}

	m := d.export(t) // sends the same request again, which changes nothing
	if m.Status != dsr.StatusSucceeded {
		t.Fatalf("closed as %s: %+v", m.Status, m.Failures)
	}
	if got := m.Totals["E16"].Documents; got != 40 {
		t.Fatalf("%d runs, want 40", got)
	}
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
