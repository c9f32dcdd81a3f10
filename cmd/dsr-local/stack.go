package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	azuremldsr "azureml-dsr"
	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/funcapp"
	"azureml-dsr/test/emulator/servicebus"
	"azureml-dsr/test/emulator/stack"
)

// startStack packages the app around the handler's program and starts it.
func startStack(ctx context.Context, opts stack.Options) (*stack.Stack, error) {
	handler, err := findHandler()
	if err != nil {
		return nil, err
	}
	return startStackOf(ctx, handler, opts)
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

// startStackOf packages the app around a binary and starts it.
func startStackOf(ctx context.Context, binary string, opts stack.Options) (*stack.Stack, error) {
	err := funcapp.WriteFolder(opts.AppDir, func(to string) error { return funcapp.CopyBinary(binary, to) })
	if err != nil {
		return nil, err
	}
	if opts.Queues, err = servicebus.ParseConfig(strings.NewReader(azuremldsr.QueuesJSON)); err != nil {
		return nil, err
	}

	return stack.Start(ctx, opts)
}

// connectTo connects to a running stack.
func connectTo(s *stack.Stack) (*config.Connections, error) {
	stores, err := config.LoadStores(config.FromMap(envOf(s)))
	if err != nil {
		return nil, err
	}
	return stores.Dial(nil)
}

// envOf returns the settings of a running stack.
func envOf(s *stack.Stack) map[string]string {
	values := map[string]string{}
	for _, pair := range s.Env() {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return values
}
