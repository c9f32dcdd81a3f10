//go:build !unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"azureml-dsr/internal/cli"
)

// become runs a program with this process's streams and passes it the signals that this
// process gets. The error has the program's exit code.
func become(program string, args []string) error {
	cmd := exec.Command(program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", program, err)
	}

	signals := make(chan os.Signal, 1)
	signal.Notify(signals)
	defer signal.Stop(signals)

	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	for {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s) // fails where the console has already interrupted both
		case err := <-ended:
			return endedLike(program, err)
		}
	}
}

// endedLike returns an error that ends this process with the exit code of another.
func endedLike(program string, err error) error {
	if err == nil {
		return nil
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return &cli.ExitError{Code: exit.ExitCode()}
	}
	return fmt.Errorf("running %s: %w", program, err)
}
