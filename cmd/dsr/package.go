package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/funcapp"
)

type packageOptions struct {
	Out    string
	Binary string
	JSON   bool
}

// packaged is what a package consists of.
type packaged struct {
	Folder string `json:"folder"`
	Zip    string `json:"zip"`
}

func newPackageCmd(e *cli.Env) *cobra.Command {
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
		Args:    cli.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runPackage(cmd.Context(), e, opts)
		},
	}

	cmd.Flags().StringVar(&opts.Out, "out", "dist", "folder to write to")
	cmd.Flags().StringVar(&opts.Binary, "binary", "", "linux/amd64 binary to pack (default: build it)")
	cmd.Flags().BoolVar(&opts.JSON, "json", false, "print a JSON object instead of two lines")

	return cmd
}

func runPackage(ctx context.Context, e *cli.Env, opts packageOptions) error {
	dir := filepath.Join(opts.Out, "app")
	err := funcapp.WriteFolder(dir, func(to string) error { return packBinary(ctx, opts.Binary, to) })
	if err != nil {
		return err
	}

	zip := filepath.Join(opts.Out, "azureml-dsr.zip")
	if err := funcapp.WriteZip(zip, dir); err != nil {
		return err
	}

	if opts.JSON {
		return json.NewEncoder(e.Out).Encode(packaged{Folder: dir, Zip: zip})
	}
	return e.Say("%s\n%s\n", dir, zip)
}

// packBinary writes the binary of the package. It copies the given one, or else builds it
// from source, or else copies this program where there is no source or toolchain.
func packBinary(ctx context.Context, binary, to string) error {
	if binary != "" {
		return funcapp.CopyBinary(binary, to)
	}

	root, found := moduleRoot()
	goTool, err := exec.LookPath("go")
	if found && err == nil {
		return build(ctx, goTool, root, to)
	}

	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return cli.Usage(errors.New("no binary for linux/amd64: run this in the source folder with a Go toolchain, or name one with --binary"))
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}

	return funcapp.CopyBinary(self, to)
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
	return os.Chmod(to, funcapp.BinaryMode)
}

// moduleRoot returns the root of this module's source, where the current folder is in it.
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
