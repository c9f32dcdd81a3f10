// Package funcapp writes the app as Azure Functions runs it: host.json, the functions
// and the binary, in a folder and in a zip.
package funcapp

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	azuremldsr "azureml-dsr"
)

// Modes of the app's files. The Functions host can't set the x bit where it mounts
// the package read-only.
const (
	BinaryMode fs.FileMode = 0o755
	fileMode   fs.FileMode = 0o644
)

// BinaryName is host.json's defaultExecutablePath.
const BinaryName = "dsr"

// WriteFolder makes the app's folder again, beside the old one until it is whole: a
// function that is no more must not run on, and the binary may come from the old
// folder.
func WriteFolder(dir string, writeBinary func(to string) error) error {
	staging := dir + ".new"
	if err := os.RemoveAll(staging); err != nil {
		return fmt.Errorf("clearing the package: %w", err)
	}
	if err := writeFunctions(staging); err != nil {
		return err
	}
	if err := writeBinary(filepath.Join(staging, BinaryName)); err != nil {
		return err
	}

	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("clearing the package: %w", err)
	}
	if err := os.Rename(staging, dir); err != nil {
		return fmt.Errorf("finishing the package: %w", err)
	}

	return nil
}

// writeFunctions makes the app's folder without its binary.
func writeFunctions(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the package: %w", err)
	}
	if err := os.CopyFS(dir, azuremldsr.Functions()); err != nil {
		return fmt.Errorf("writing the functions: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "host.json"), []byte(azuremldsr.HostJSON), fileMode); err != nil {
		return fmt.Errorf("writing host.json: %w", err)
	}
	return nil
}

// CopyBinary copies a program to a file that can be run.
func CopyBinary(from, to string) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("opening the binary: %w", err)
	}
	defer func() { err = errors.Join(err, src.Close()) }()

	dst, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, BinaryMode)
	if err != nil {
		return fmt.Errorf("packing the binary: %w", err)
	}

	_, err = io.Copy(dst, src)
	if err := errors.Join(err, dst.Chmod(BinaryMode), dst.Close()); err != nil {
		return fmt.Errorf("packing the binary: %w", err)
	}

	return nil
}
