package main

import (
	"bytes"
	"os"
	"testing"
	"time"
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

func TestPrivateFilesAreForTheirOwnerOnlyEvenWhenTheyWereNot(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("f", []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writePrivate("f", []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat("f")
	body, readErr := os.ReadFile("f")
	if err != nil || readErr != nil || info.Mode().Perm() != 0o600 || !bytes.Equal(body, []byte("new")) {
		t.Fatalf("%v %q %v %v", info, body, err, readErr)
	}
}
