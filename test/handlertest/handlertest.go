// Package handlertest builds dsr for tests that run the handler as a process of its own.
package handlertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"

	"go.uber.org/goleak"
)

// Main builds dsr from this source into a folder of its own, lets use have its path, and
// runs the tests of a package. It returns the code to exit with, which is not 0 either if
// the tests leave a goroutine behind. flags are more of those of go build. The handler has
// the race detector if the tests have it.
func Main(m *testing.M, use func(dsr string) error, flags ...string) int {
	dir, err := os.MkdirTemp("", "dsr")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()

	dsr := filepath.Join(dir, "dsr")
	err = build(dsr, flags)
	if err == nil {
		err = use(dsr)
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

func build(to string, flags []string) error {
	cmd := exec.CommandContext(context.Background(), "go", slices.Concat([]string{"build", "-o", to}, flags)...)
	if underRace() {
		cmd.Args = append(cmd.Args, "-race") // which needs cgo
	} else {
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	}
	cmd.Args = append(cmd.Args, "azureml-dsr/cmd/dsr")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building dsr: %w\n%s", err, out)
	}
	return nil
}

// underRace reports whether the tests run with the race detector.
func underRace() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
