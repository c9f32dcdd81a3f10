package functionshost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for a real process.
const patience = 20 * time.Second

var quiet = slog.New(slog.DiscardHandler)

// settings is a lookup in a map.
func settings(pairs ...string) lookupFunc {
	return func(name string) (string, bool) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

const bundle = `"extensionBundle":{"id":"Microsoft.Azure.Functions.ExtensionBundle","version":"[4.*, 5.0.0)"}`

// writeApp writes a package: host.json and, by name, function.json files.
func writeApp(t *testing.T, hostJSON string, functions map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}

	write := func(path, text string) {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}

	write(filepath.Join(dir, "host.json"), hostJSON)

	for name, text := range functions {
		write(filepath.Join(dir, name, "function.json"), text)
	}

	return dir
}

// testHandler is a host.json that starts this test binary; more are its other
// members.
func testHandler(t *testing.T, more string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"version":"2.0",%s,"customHandler":{"description":{"defaultExecutablePath":%q,"arguments":["one","%%ARG%% two"]}}%s}`, bundle, exe, more)
}

// output is the handler's stdout, line by line.
type output chan string

func newOutput() output { return make(output, 1000) }

func (o output) Write(p []byte) (int, error) {
	o <- strings.TrimSuffix(string(p), "\n")
	return len(p), nil
}

// await reads lines up to one that begins with prefix.
func (o output) await(t *testing.T, prefix string) string {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case line := <-o:
			if strings.HasPrefix(line, prefix) {
				return line
			}
		case <-deadline:
			t.Fatalf("the handler never wrote %q", prefix)
		}
	}
}

// startWorker runs a worker whose handler plays the given mode.
func startWorker(t *testing.T, mode, hostMore string, env ...string) (*worker, output) {
	t.Helper()
	w, out := newTestWorker(t, mode, hostMore, env...)
	runWorker(t, w)
	return w, out
}

func newTestWorker(t *testing.T, mode, hostMore string, env ...string) (*worker, output) {
	t.Helper()
	out := newOutput()
	opts := Options{Env: append([]string{childVariable + "=" + mode}, env...), Logger: quiet, Stdout: out}
	opts.setDefaults()
	app, err := Load(writeApp(t, testHandler(t, hostMore), nil), opts.lookup)
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWorker(app, opts)
	if err != nil {
		t.Fatal(err)
	}

	return w, out
}

func runWorker(t *testing.T, w *worker) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-done
		w.client.CloseIdleConnections()
	})
}

// within is a context for one wait.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func running(pid int) bool { return syscall.Kill(pid, 0) == nil }
