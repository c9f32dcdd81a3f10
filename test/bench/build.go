package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// binaries are what is measured, as built for it.
type binaries struct {
	dsr, loop string
	benthos   string // only for the comparison with peers
}

// build builds the handler as it is released, and the plain loop likewise. A
// profiled handler also has pprof in it: cmd/dsr/pprof.go.
func build(ctx context.Context, dir string, profiled bool) (binaries, error) {
	b := binaries{dsr: filepath.Join(dir, "dsr"), loop: filepath.Join(dir, "plainloop")}
	flags := []string{"-ldflags=-s -w"}
	if profiled {
		flags = []string{"-tags=pprof"}
	}
	if err := goBuild(ctx, b.dsr, "./cmd/dsr", flags...); err != nil {
		return b, err
	}
	return b, goBuild(ctx, b.loop, "./test/bench/plainloop", flags...)
}

// buildBenthos builds the pipeline tool, whose module is one of its own.
func buildBenthos(ctx context.Context, dir string) (string, error) {
	to := filepath.Join(dir, "benthos")
	cmd := exec.CommandContext(ctx, "go", "build", "-C", filepath.Join(peerFolder, "benthos"), "-trimpath", "-ldflags=-s -w", "-o", to, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	return to, command(cmd)
}

func goBuild(ctx context.Context, to, pkg string, flags ...string) error {
	args := append([]string{"build", "-trimpath", "-o", to}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return command(cmd)
}

// command runs a command. Its output is told when it fails.
func command(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, out)
	}
	return nil
}
