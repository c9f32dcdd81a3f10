package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/internal/local/azureml"
	"azureml-dsr/internal/local/stack"
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
	c, err := connectTo(s)
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

// testAccount is the fake account without workspaces of today: reading one takes a
// test seconds.
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

func TestAnExportOutlivesItsHandlerAndItsHost(t *testing.T) {
	started := make(chan int, 100)
	d := startTestStack(t, stack.Options{
		Account: testAccount(40), Env: []string{"REDRIVE_DELAYS=1s,1s,1s,1s", "CHUNK_ITEMS=5"},
		OnHandlerStart: func(pid int) { started <- pid },
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
	m := d.export(t) // the same request again changes nothing
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

// storedDocuments reads from the parts all documents but lists and what a POST asked
// for, which share a URL, by the unescaped path and query that they were asked for
// with.
func (d *demo) storedDocuments(t *testing.T) map[string]json.RawMessage {
	t.Helper()
	out := map[string]json.RawMessage{}
	store := d.connections.Exports.Backend()
	for info, err := range store.List(t.Context(), d.request.ID+"/1/data/", "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(info.Name, "/content/") {
			continue
		}
		for _, e := range readPart(t, store, info.Name) {
			if r, ok := row(e.Endpoint); !ok || r.IsList() || r.Body != "" {
				continue
			}
			u, err := url.Parse(e.URL)
			if err != nil {
				t.Fatal(err)
			}
			out[u.Path+"?"+u.RawQuery] = e.Document
		}
	}
	return out
}

// mustKeepNoSecret looks through all that is stored but artifacts, lists and what a
// POST asked for included.
func (d *demo) mustKeepNoSecret(t *testing.T) {
	t.Helper()
	secret := regexp.MustCompile(`fake-secret-|[?&]sig=[^\[]|eyJ0eXAi`)
	store := d.connections.Exports.Backend()
	for info, err := range store.List(t.Context(), d.request.ID+"/1/data/", "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(info.Name, "/content/") {
			continue
		}
		body, _, err := store.Open(t.Context(), info.Name, 0)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(body)
		_ = body.Close()
		if err != nil || secret.Match(text) {
			t.Errorf("%s holds %q, %v", info.Name, secret.Find(text), err)
		}
	}
}

type storedEntry struct {
	dsr.Entry
	Document json.RawMessage `json:"document"`
}

func readPart(t *testing.T, store archive.Backend, name string) (entries []storedEntry) {
	t.Helper()
	body, _, err := store.Open(t.Context(), name, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	if err := json.NewDecoder(body).Decode(&entries); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return entries
}

func plainPath(t *testing.T, pathAndQuery string) string {
	t.Helper()
	u, err := url.Parse(pathAndQuery)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path + "?" + u.RawQuery
}

// maskedDocument is what may be kept of a document: all but a run's token, keys
// and passwords, what a connection or datastore signs in with, the signature of a
// link, and who signs in by it.
func maskedDocument(document []byte) string {
	out := string(bytes.TrimSpace(document))
	for _, mask := range []struct{ secret, kept string }{
		{`("token"\s*:\s*)"[^"]*"`, `$1"[masked]"`},
		{`"(?:fake-secret-|eyJ0eXAi)[^"]*"`, `"[masked]"`},
		{`("secrets"\s*:\s*)\{[^}]*\}`, `$1"[masked]"`},
		{`("username"\s*:\s*)"user-\d+"`, `$1"[masked]"`},
		{`([?&]sig=)[^"&]*`, `${1}[masked]`},
		{`//[^"/@]*@`, `//[masked]@`},
	} {
		out = regexp.MustCompile(mask.secret).ReplaceAllString(out, mask.kept)
	}
	return out
}

func fetch(t *testing.T, uri string) io.ReadCloser {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, uri, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status)
	}
	return resp.Body
}

func hashOf(t *testing.T, body io.ReadCloser) string {
	t.Helper()
	defer func() { _ = body.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, body); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}
