package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/test/handlertest"
)

// patience bounds every wait for real processes.
const patience = 2 * time.Minute

// dsrProgram is the path of dsr, which is the handler of the stacks and the tool of an
// operator.
var dsrProgram string

// TestMain builds dsr and puts it into the path, where dsr-local looks for it.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(handlertest.Main(m, func(dsr string) error {
		dsrProgram = dsr
		return os.Setenv("PATH", filepath.Dir(dsr)+string(os.PathListSeparator)+os.Getenv("PATH"))
	}))
}

// testEnv returns an environment on buffers, with nothing set.
func testEnv() (e *cli.Env, out, errOut *bytes.Buffer) {
	out, errOut = &bytes.Buffer{}, &bytes.Buffer{}
	return &cli.Env{
		Streams: cli.Streams{In: strings.NewReader(""), Out: out, Err: errOut},
		Lookup:  config.FromMap(nil),
		Now:     time.Now,
	}, out, errOut
}

// runIn runs one command line and returns what it wrote.
func runIn(args ...string) (code int, out, errOut string) {
	e, o, errs := testEnv()
	code = cli.Run(context.Background(), e, newRootCmd(e), args)
	return code, o.String(), errs.String()
}

func readText(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
