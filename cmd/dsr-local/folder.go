package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
)

// occupyFolder makes this process the only one that runs a command in this folder, which
// keeps its settings and blobs there. free ends that. The error names the process that
// runs it already.
func occupyFolder(command string) (free func() error, err error) {
	if err := os.MkdirAll(config.LocalDir, 0o755); err != nil {
		return nil, fmt.Errorf("making %s: %w", config.LocalDir, err)
	}
	if err := ignoreFolder(); err != nil {
		return nil, err
	}
	name := filepath.Join(config.LocalDir, command+".pid")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", name, err)
	}

	if !lockFile(f) {
		defer f.Close()
		pid, err := io.ReadAll(io.LimitReader(f, 20))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		return nil, cli.Failed(fmt.Errorf("`dsr %s` is already running here, pid %s; end it, or work in another folder", command, strings.TrimSpace(string(pid))))
	}

	if err := writePID(f); err != nil {
		return nil, errors.Join(fmt.Errorf("writing %s: %w", name, err), f.Close())
	}

	return f.Close, nil // which ends the lock; the file stays, so that nobody locks a removed one
}

// ignoreFolder keeps the folder, which has keys and documents, out of a Git repository
// around it.
func ignoreFolder() error {
	name := filepath.Join(config.LocalDir, ".gitignore")
	if err := os.WriteFile(name, []byte("*\n"), 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(f, os.Getpid())
	return err
}
