package faults

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var (
	// long runs everything at its full length, as `make test-faults` does.
	long = flag.Bool("long", false, "run at full length")
	// seed chooses the random moments and the calls that fail.
	seed = flag.Uint64("seed", 1, "what chooses the random moments")
)

// patience bounds every wait for real processes.
const patience = 3 * time.Minute

// binary is the handler, built once.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "dsr-faults")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		binary = filepath.Join(dir, "dsr")
		build := exec.Command("go", "build", "-o", binary, "../../cmd/dsr")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "building the handler:", err)
		return 1
	}

	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}

	return code
}

// times is n at full length, and fewer in the short form.
func times(n, short int) int {
	if *long {
		return n
	}
	return short
}

// besideOthers lets a test run beside others in the short form, where it mostly
// waits for locks and pauses. At full length each has the machine to itself.
func besideOthers(t *testing.T) {
	if !*long {
		t.Parallel()
	}
}
