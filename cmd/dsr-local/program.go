package main

import (
	"os"
	"os/exec"
	"path/filepath"
)

// dsrCommand returns how to call the program dsr from the current folder: by its name where
// PATH finds one, else by the path of the one beside this program.
func dsrCommand() string {
	if _, err := exec.LookPath("dsr"); err == nil {
		return "dsr"
	}
	self, err := os.Executable()
	if err != nil {
		return "dsr"
	}

	beside := filepath.Join(filepath.Dir(self), "dsr")
	here, err := os.Getwd()
	if err != nil {
		return beside
	}
	if path, err := filepath.Rel(here, beside); err == nil && filepath.IsLocal(path) {
		return path
	}
	return beside
}
