package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tinySizes take all measurements in seconds.
func tinySizes() sizes {
	return sizes{
		Runs:          8,
		Rounds:        1,
		Followers:     []followersSize{{Latency: time.Millisecond, Runs: 8}},
		Exports:       3,
		Handlers:      []int{2},
		ScalingRuns:   8,
		Alone:         []int{120},
		Artifacts:     4,
		ArtifactSize:  3 << 20,
		CountedRuns:   8,
		SmallRequests: 3,
		Starts:        1,
		Invocations:   10,
	}
}

// The whole bench with real processes; it fails by itself when worker and loop
// do not make the same calls or export the same documents.
func TestAllIsMeasured(t *testing.T) {
	t.Chdir("../..") // where `make bench` runs
	var out bytes.Buffer
	file := filepath.Join(t.TempDir(), "table.md")
	if err := run(t.Context(), &out, tinySizes(), file, "", false); err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{
		"start to first answer", "a small request, nothing else running", "invocation that is refused", "invocation of dsr_close",
		"calls to storage per document", "requests to Service Bus per document",
		"documents/s, 8 runs with followers, at 1 ms", "CPU seconds per 1,000 documents", "the last of 2 exports into one account", "at 50 ms, 2 handlers",
		"peak memory, 120 runs alone", "peak memory, 4 artifacts of 3 MiB",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table has no line for %s:\n%s", want, out.String())
		}
	}

	kept, err := os.ReadFile(file)
	if err != nil || string(kept) != out.String() {
		t.Errorf("the file does not hold the table: %v", err)
	}
}

func TestAProfileIsKept(t *testing.T) {
	t.Chdir("../..")
	folder := t.TempDir()
	if err := run(t.Context(), &bytes.Buffer{}, tinySizes(), "", folder, false); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cpu.pprof", "allocs.pprof"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
