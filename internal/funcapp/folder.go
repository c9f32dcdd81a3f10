// Package funcapp writes the app as Azure Functions runs it: host.json, the functions and
// the binary, as a folder or as a zip.
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

// The modes of the app's files. The Functions host cannot set the x bit where it mounts
// the package read-only.
const (
	BinaryMode fs.FileMode = 0o755
	fileMode   fs.FileMode = 0o644
)

// BinaryName is defaultExecutablePath of host.json.
const BinaryName = "dsr"

// WriteFolder writes the app's folder and replaces the old one with it once it is
// complete. No file of the old one stays, so that a function that no longer exists does
// not run on. writeBinary may still read the old folder.
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

// writeFunctions writes the app's folder without its binary.
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

// CopyBinary copies a program to an executable file.
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
