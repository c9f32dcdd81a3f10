package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/archive/memory"
)

func TestDownloadMakesOneTreeThatSha256sumAccepts(t *testing.T) {
	s, dir := closedRequest(t), t.TempDir()
	s.put(s.Exports, "_open/req-2~1", "{}")
	s.put(s.Exports, "req-10/subject.json", "{}") // of another request
	a, out, _ := testApp(t, nil)
	if err := runDownload(t.Context(), a, s.Connections, downloadOptions{id: "req-1", dir: dir}); err != nil {
		t.Fatal(err)
	}
	if want := "E01  hosting-account  calls=1  documents=1\nE02  models  calls=0  documents=0\nE03  models  calls=2  documents=2\n"; out.String() != want {
		t.Errorf("printed:\n%s\nwant:\n%s", out, want)
	}
	check := exec.CommandContext(t.Context(), "sha256sum", "-c", sumsFile)
	check.Dir = filepath.Join(dir, "req-1")
	lines, err := check.CombinedOutput()
	if err != nil {
		t.Errorf("sha256sum: %v\n%s", err, lines)
	}
	got := filesIn(t, dir)
	if n := strings.Count(string(lines), ": OK"); n != len(got)-1 || n < 10 {
		t.Errorf("sha256sum checked %d of %d files", n, len(got)-1)
	}
	for _, f := range got {
		if !strings.HasPrefix(f, "req-1/") {
			t.Errorf("%s was left", f)
		}
	}
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(dir, path) // path is below dir
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestDownloadGoesOnWhereItStopped(t *testing.T) {
	s, dir := closedRequest(t), t.TempDir()
	mustDownload := func() {
		t.Helper()
		if err := download(t.Context(), s.Connections, "req-1", dir); err != nil {
			t.Fatal(err)
		}
	}
	mustDownload()
	plan, manifest := filepath.Join(dir, "req-1/1/plan.json"), filepath.Join(dir, "req-1/1/manifest.json")
	before, err := os.Stat(plan)
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	damaged := append(slices.Clone(body[:len(body)-1]), '!') // of the same size
	if err := os.WriteFile(manifest, damaged, privateFile); err != nil {
		t.Fatal(err)
	}
	mustDownload()
	after, err := os.Stat(plan)
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("a whole file was fetched again (%v)", err)
	}
	if again, err := os.ReadFile(manifest); err != nil || string(again) != string(body) {
		t.Errorf("a damaged file was kept (%v)", err)
	}
}

func TestDownloadTakesMoreBlobsThanABatch(t *testing.T) {
	s, dir := newStoredRequest(t), t.TempDir()
	for i := range downloadBatch + 3 {
		s.put(s.Audit, fmt.Sprintf("req-1/%04d.json", i), "{}")
	}
	if err := download(t.Context(), s.Connections, "req-1", dir); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(dir, "req-1", sumsFile))
	if lines := strings.Count(string(sums), "\n"); err != nil || lines != downloadBatch+3 {
		t.Errorf("%d lines (%v)", lines, err)
	}
}

func TestDownloadRefusesNamesThatAreNoFiles(t *testing.T) {
	for name, remedy := range map[string]string{
		"req-1/../../outside.txt": "dotted segment",
		"req-1/a//b":              "empty or dotted segment",
		"req-1/./b":               "dotted segment",
		"req-1/c:evil":            "colon",
		"req-1/1/plan.json/x":     "both a file and a folder",
	} {
		t.Run(name, func(t *testing.T) {
			s, parent := closedRequest(t), t.TempDir()
			s.put(s.Exports, name, "hostile")
			err := download(t.Context(), s.Connections, "req-1", filepath.Join(parent, "in"))
			if err == nil || !strings.Contains(err.Error(), remedy) {
				t.Errorf("got %v, want it to say %q", err, remedy)
			}
			for _, f := range filesIn(t, parent) {
				if !strings.HasPrefix(f, "in/req-1/") {
					t.Errorf("%s was written", f)
				}
			}
		})
	}
}

func TestDownloadDoesNotFollowALinkOutOfTheFolder(t *testing.T) {
	s, dir, outside := closedRequest(t), t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "req-1")); err != nil {
		t.Fatal(err)
	}
	if err := download(t.Context(), s.Connections, "req-1", dir); err == nil {
		t.Error("the link was followed")
	}
	if left := filesIn(t, outside); len(left) > 0 {
		t.Errorf("written outside: %v", left)
	}
}

func TestDownloadTellsWhatIsNotThere(t *testing.T) {
	open := newStoredRequest(t)
	open.open()
	a, _, _ := testApp(t, nil)
	if err := runDownload(t.Context(), a, open.Connections, downloadOptions{id: "req-1", dir: t.TempDir()}); exitCode(err) != exitFailed || !strings.Contains(err.Error(), "not closed yet") {
		t.Errorf("an open request: %v", err)
	}
	if err := runDownload(t.Context(), a, open.Connections, downloadOptions{id: "req-9", dir: t.TempDir()}); exitCode(err) != exitNotFound {
		t.Errorf("an unknown request: %v", err)
	}
	if err := runDownload(t.Context(), a, open.Connections, downloadOptions{id: "../x", dir: t.TempDir()}); exitCode(err) != exitUsage {
		t.Errorf("no id: %v", err)
	}
}

func TestListingsOfBothContainersAreOneInOrderOfName(t *testing.T) {
	audit, exports := memory.New(), memory.New()
	for i, name := range []string{"r/1/a", "r/1/data/x", "r/1/hops/y", "r/subject.json"} {
		if err := []*memory.Backend{audit, exports}[i%2].Put(t.Context(), name, []byte(name), nil); err != nil {
			t.Fatal(err)
		}
	}
	e := archiveEvidence{audit: audit, exports: exports}
	var got []string
	for name, err := range e.List(t.Context(), "r/") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, name)
		body, err := e.Open(t.Context(), name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_ = body.Close()
	}
	if want := []string{"r/1/a", "r/1/data/x", "r/1/hops/y", "r/subject.json"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
