package main

import (
	"bytes"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// waitFor polls a real process's output.
func waitFor(t *testing.T, ended <-chan int, done func() bool, out *lockedBuffer) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()

	deadline := time.After(patience)
	for !done() {
		select {
		case <-tick.C:
		case code := <-ended:
			t.Fatalf("it ended with code %d\n%s", code, out.String())
		case <-deadline:
			t.Fatalf("it took too long\n%s", out.String())
		}
	}
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

func mustDo(t *testing.T, f func() error) {
	t.Helper()
	if err := f(); err != nil {
		t.Error(err)
	}
}

type storedEntry struct {
	dsr.Entry
	Document json.RawMessage `json:"document"`
}
