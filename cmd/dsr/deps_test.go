package main

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// The program that is deployed contains no stand-in, and nothing that only tests need.
func TestTheDeployedProgramContainsNoStandIns(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}

	unwanted := regexp.MustCompile(`^(azureml-dsr/test/.*|azureml-dsr/internal/archive/memory|azureml-dsr/.*test|testing)$`)
	packages := strings.Fields(string(out))
	for _, p := range packages {
		if unwanted.MatchString(p) {
			t.Errorf("dsr contains %s", p)
		}
	}

	if len(packages) < 100 {
		t.Errorf("only %d packages were listed", len(packages))
	}
}
