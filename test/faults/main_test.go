package faults

import (
	"flag"
	"os"
	"testing"
	"time"

	"azureml-dsr/test/handlertest"
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
	os.Exit(handlertest.Main(m, func(dsr string) error {
		binary = dsr
		return nil
	}))
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
