package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/funcapp"
	"azureml-dsr/test/appstack"
	"azureml-dsr/test/emulator/stack"
)

// startStack packages the app around the handler's program and starts it on one host.
func startStack(ctx context.Context, opts stack.Options) (*stack.Stack, error) {
	handler, err := findHandler()
	if err != nil {
		return nil, err
	}

	opts.Hosts = 1
	return appstack.Start(ctx, handler, opts)
}

// findHandler finds the program dsr beside this one, or else in PATH.
func findHandler() (string, error) {
	self, err := os.Executable()
	if err == nil {
		beside := filepath.Join(filepath.Dir(self), funcapp.BinaryName)
		if path, err := exec.LookPath(beside); err == nil {
			return path, nil
		}
	}

	path, err := exec.LookPath(funcapp.BinaryName)
	if err != nil {
		return "", cli.Usage(errors.New("the handler is in the program dsr, which is neither beside this one nor in PATH; `make build` in the source folder builds both"))
	}

	return path, nil
}
