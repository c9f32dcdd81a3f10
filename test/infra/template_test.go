package infra_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"azureml-dsr/test/infra/bicep"
)

var update = flag.Bool("update", false, "write infra/main.json instead of comparing it")

const root = "../../"

// TestTheTemplateIsWhatTheBicepFilesSay compiles the Bicep files and compares.
func TestTheTemplateIsWhatTheBicepFilesSay(t *testing.T) {
	want, err := bicep.Compile(root + "infra/main.bicep")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(root+"infra/main.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(root + "infra/main.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("infra/main.json is not what infra/*.bicep say; run: go test ./test/infra -run Template -update")
	}
}
