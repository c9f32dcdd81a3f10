package copysize

import (
	"flag"
	"os"
	"testing"

	"azureml-dsr/test/handlertest"
)

var (
	documents = flag.Int("documents", 5_000, "how many documents the copy is made of")
	kills     = flag.Int("kills", 2, "how often the worker is killed while it makes the copy")
	// seed chooses when.
	seed = flag.Uint64("seed", 1, "what chooses the moments of the kills")
)

// binary is the handler, built once.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	asReleased := []string{"-trimpath", "-ldflags=-s -w"} // its size counts
	os.Exit(handlertest.Main(m, func(dsr string) error {
		binary = dsr
		return nil
	}, asReleased...))
}
