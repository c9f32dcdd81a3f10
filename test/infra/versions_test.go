package infra_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/test/infra/bicep"
)

// TestEachResourceIsAskedForByAPublishedVersion compares the types and api-versions of all
// Bicep files with the list of those that were looked up.
func TestEachResourceIsAskedForByAPublishedVersion(t *testing.T) {
	text, err := os.ReadFile("testdata/api-versions.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for row := range strings.Lines(string(text)) {
		if fields := strings.Fields(row); fields[0] != "#" {
			if !strings.Contains(fields[2], "/stable/"+fields[1]+"/") {
				t.Errorf("%s: the file is of another version", fields[0])
			}
			want[fields[0]] = fields[1]
		}
	}

	got := map[string]string{}
	for _, f := range files(t) {
		for _, r := range f.Resources {
			if r.Module != "" {
				continue
			}
			if before, ok := got[r.Type]; ok && before != r.Version {
				t.Errorf("%s is asked for by %s and by %s", r.Type, before, r.Version)
			}
			got[r.Type] = r.Version
		}
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-looked up +Bicep):\n%s", diff)
	}
}

// files returns main.bicep and its modules.
func files(t *testing.T) []*bicep.File {
	t.Helper()
	main := parse(t, "main.bicep")
	out := []*bicep.File{main}
	for _, r := range main.Resources {
		if r.Module != "" {
			out = append(out, parse(t, r.Module))
		}
	}
	if folder, err := os.ReadDir(root + "infra/app"); err != nil || len(folder)+1 != len(out) {
		t.Errorf("infra/app has %d files, and main.bicep %d modules: %v", len(folder), len(out)-1, err)
	}
	return out
}
