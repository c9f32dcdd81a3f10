package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	azuremldsr "azureml-dsr"
)

// Modes of the package's files. The Functions host can't set the x bit where
// it mounts the package read-only.
const (
	binaryMode fs.FileMode = 0o755
	fileMode   fs.FileMode = 0o644
)

// binaryName is host.json's defaultExecutablePath.
const binaryName = "dsr"

type packageOptions struct {
	Out    string
	Binary string
}

func newPackageCmd(a *cli) *cobra.Command {
	var opts packageOptions
	cmd := &cobra.Command{
		Use:   "package",
		Short: "Make the folder and the zip that Azure Functions runs",
		Long: `Writes DIST/app, the folder with host.json, the functions and the binary, and
DIST/azureml-dsr.zip, the same as a zip with Unix file modes. Both are what
` + "`func azure functionapp publish`, `az functionapp deployment source config-zip`" + `
and Core Tools' ` + "`func start`" + ` take. The zip is the same byte for byte each time.

The binary is linux/amd64. It is built from the source around the current folder
where there is a Go toolchain; otherwise this program itself is used.`,
		Example: "  dsr package\n  dsr package --out /tmp/release --binary ./dsr-linux-amd64",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runPackage(cmd.Context(), a, opts)
		},
	}
	cmd.Flags().StringVar(&opts.Out, "out", "dist", "folder to write to")
	cmd.Flags().StringVar(&opts.Binary, "binary", "", "linux/amd64 binary to pack (default: build it)")
	return cmd
}

func runPackage(ctx context.Context, a *cli, opts packageOptions) error {
	dir := filepath.Join(opts.Out, "app")
	err := writePackage(dir, func(to string) error { return packBinary(ctx, opts.Binary, to) })
	if err != nil {
		return err
	}
	zip := filepath.Join(opts.Out, "azureml-dsr.zip")
	if err := writeZip(zip, dir); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Out, "%s\n%s\n", dir, zip)
	return err
}

// writePackage makes the app's folder anew, beside the old one until it is
// whole: a function that is no more must not run on, and the binary may come
// from the old folder.
func writePackage(dir string, writeBinary func(to string) error) error {
	staging := dir + ".new"
	if err := os.RemoveAll(staging); err != nil {
		return fmt.Errorf("clearing the package: %w", err)
	}
	if err := writeFunctions(staging); err != nil {
		return err
	}
	if err := writeBinary(filepath.Join(staging, binaryName)); err != nil {
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

// packBinary puts the given binary into the package, or builds it, or packs
// this program where it can't be built.
func packBinary(ctx context.Context, binary, to string) error {
	if binary != "" {
		return copyBinary(binary, to)
	}
	root, found := moduleRoot()
	goTool, err := exec.LookPath("go")
	if found && err == nil {
		return build(ctx, goTool, root, to)
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return usage(errors.New("no binary for linux/amd64: run this in the source folder with a Go toolchain, or name one with --binary"))
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	return copyBinary(self, to)
}

func build(ctx context.Context, goTool, root, to string) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, goTool, "build", "-trimpath", "-ldflags=-s -w", "-o", to, "./cmd/dsr")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the binary: %w\n%s", err, out)
	}
	return os.Chmod(to, binaryMode)
}

// moduleRoot finds the folder of our own source around the current one.
func moduleRoot() (string, bool) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "cmd", "dsr", "package.go")); err == nil {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				return dir, true
			}
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return "", false
}

func copyBinary(from, to string) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("opening the binary: %w", err)
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, binaryMode)
	if err != nil {
		return fmt.Errorf("packing the binary: %w", err)
	}
	_, err = io.Copy(dst, src)
	if err := errors.Join(err, dst.Chmod(binaryMode), dst.Close()); err != nil {
		return fmt.Errorf("packing the binary: %w", err)
	}
	return nil
}
