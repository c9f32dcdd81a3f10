package main

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/funcapp"
)

// TestThePackageIsForLinuxWhereverItIsBuilt builds the package from source twice, as on
// another system, and examines the binary in the zip.
func TestThePackageIsForLinuxWhereverItIsBuilt(t *testing.T) {
	t.Setenv("GOOS", "darwin")
	t.Setenv("GOARCH", "arm64")
	t.Setenv("CGO_ENABLED", "1")
	var zips [2][]byte
	for i := range zips {
		out := t.TempDir()
		if code, _, errOut := runIn(t, nil, "package", "--out", out); code != cli.ExitDone {
			t.Fatalf("exit code %d: %s", code, errOut)
		}
		var err error
		if zips[i], err = os.ReadFile(filepath.Join(out, "azureml-dsr.zip")); err != nil {
			t.Fatal(err)
		}
	}

	if !bytes.Equal(zips[0], zips[1]) {
		t.Error("the same source makes two zips that differ")
	}

	binary := unzipped(t, zips[0], funcapp.BinaryName)
	program, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}

	if program.Machine != elf.EM_X86_64 || program.Section(".interp") != nil {
		t.Errorf("it is for %s, and needs a loader: %t", program.Machine, program.Section(".interp") != nil)
	}

	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return // it can't be run here
	}
	file := filepath.Join(t.TempDir(), funcapp.BinaryName)
	if err := os.WriteFile(file, binary, funcapp.BinaryMode); err != nil {
		t.Fatal(err)
	}

	help, err := exec.CommandContext(t.Context(), file, "--help").Output()
	if err != nil || !bytes.Contains(help, []byte("Exit codes: ")) {
		t.Errorf("it doesn't run: %v\n%s", err, help)
	}
}

func unzipped(t *testing.T, body []byte, name string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}

	return content
}
