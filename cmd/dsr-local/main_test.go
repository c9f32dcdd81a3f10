package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
)

// patience bounds every wait for real processes.
const patience = 2 * time.Minute

// dsrProgram is the path of dsr, which is the handler of the stacks and the tool of an
// operator.
var dsrProgram string

// TestMain builds dsr from the same source, with the race detector if the tests have it,
// and fails a run that leaks a goroutine.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "dsr")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		dsrProgram = filepath.Join(dir, "dsr")
		err = errors.Join(buildDSR(), os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}

	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}

	return code
}

func buildDSR() error {
	args := []string{"build", "-o", dsrProgram}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "../dsr")...).CombinedOutput(); err != nil {
		return fmt.Errorf("building dsr: %w\n%s", err, out)
	}
	return nil
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
