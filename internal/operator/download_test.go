package operator_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

func TestDownloadMakesOneTreeThatSha256sumAccepts(t *testing.T) {
	s, dir := operatortest.Closed(t), t.TempDir()
	s.Put(s.Exports, "_open/req-2~1", "{}")
	s.Put(s.Exports, "req-10/subject.json", "{}") // of another request
	o, _ := s.Operator(operatortest.Time)
	downloaded, err := o.Download(t.Context(), "req-1", dir, nil)
	if err != nil {
		t.Fatal(err)
	}

	for row, want := range map[string]dsr.Counts{"E01": {Calls: 1, Documents: 1}, "E02": {}, "E03": {Calls: 2, Documents: 2}} {
		if got := downloaded.Totals[row]; got.Calls != want.Calls || got.Documents != want.Documents {
			t.Errorf("%s: %+v, want %+v", row, got, want)
		}
	}

	if want := filepath.ToSlash(filepath.Join(dir, "req-1")); downloaded.Folder != want || downloaded.Status != dsr.StatusSucceeded || downloaded.Attempt != 1 {
		t.Errorf("downloaded %+v", downloaded)
	}

	check := exec.CommandContext(t.Context(), "sha256sum", "-c", operator.SumsFile)
	check.Dir = filepath.Join(dir, "req-1")
	lines, err := check.CombinedOutput()
	if err != nil {
		t.Errorf("sha256sum: %v\n%s", err, lines)
	}

	got := operatortest.FilesIn(t, dir)
	if n := strings.Count(string(lines), ": OK"); n != len(got)-1 || n < 10 {
		t.Errorf("sha256sum checked %d of %d files", n, len(got)-1)
	}

	for _, f := range got {
		if !strings.HasPrefix(f, "req-1/") {
			t.Errorf("%s was left", f)
		}
	}
}

func TestDownloadGoesOnWhereItStopped(t *testing.T) {
	s, dir := operatortest.Closed(t), t.TempDir()
	mustDownload := func() {
		t.Helper()
		o, _ := s.Operator(operatortest.Time)
		if _, err := o.Download(t.Context(), "req-1", dir, nil); err != nil {
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
	if err := os.WriteFile(manifest, damaged, 0o600); err != nil {
		t.Fatal(err)
	}

	mustDownload()
	after, err := os.Stat(plan)
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("a complete file was fetched again (%v)", err)
	}
	if again, err := os.ReadFile(manifest); err != nil || string(again) != string(body) {
		t.Errorf("a damaged file was kept (%v)", err)
	}
}

// TestADownloadThatBrokeOffSaysSo breaks a download off after some files, first into an empty
// folder and then over a complete copy with a damaged file.
func TestADownloadThatBrokeOffSaysSo(t *testing.T) {
	s, dir := operatortest.Closed(t), t.TempDir()
	o, _ := s.Operator(operatortest.Time)
	breakOff := func(after int64) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := o.Download(ctx, "req-1", dir, &operator.DownloadOptions{Progress: func(done, total int64) {
			if done >= after {
				cancel()
			}
			if total < 10 || done > total {
				t.Errorf("%d of %d files", done, total)
			}
		}})
		if err == nil || !strings.Contains(err.Error(), "incomplete download; run it again") {
			t.Fatalf("it broke off with %v", err)
		}
		if got := faultsIn(t, dir); !slices.Contains(got, "missing req-1/SHA256SUMS: incomplete download; run it again") || slices.ContainsFunc(got, func(f string) bool { return strings.Contains(f, "it is not there") }) {
			t.Errorf("verify says\n%s", strings.Join(got, "\n"))
		}
	}
	complete := func() {
		t.Helper()
		if _, err := o.Download(t.Context(), "req-1", dir, nil); err != nil {
			t.Fatal(err)
		}
		if got := faultsIn(t, dir); len(got) > 0 {
			t.Errorf("verify says\n%s", strings.Join(got, "\n"))
		}
	}

	breakOff(2)
	complete()

	for _, name := range []string{"1/data/models/s/g/h/part-1-000001-00000.json", "request.json"} {
		if err := os.WriteFile(filepath.Join(dir, "req-1", name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	breakOff(2)
	complete()
}

// faultsIn verifies the request in a folder.
func faultsIn(t *testing.T, dir string) (faults []string) {
	t.Helper()
	folder, err := operator.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	all, err := folder.Attempts(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}

	for _, a := range all {
		found, err := folder.Verify(t.Context(), a, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found.Faults {
			faults = append(faults, fmt.Sprintf("%s %s: %s", f.Kind, f.Name, f.Detail))
		}
	}

	return faults
}

func TestDownloadTakesMoreBlobsThanABatch(t *testing.T) {
	s, dir := operatortest.Closed(t), t.TempDir()
	for i := range operator.DownloadBatch + 3 {
		s.Put(s.Audit, fmt.Sprintf("req-1/%04d.json", i), "{}")
	}
	o, _ := s.Operator(operatortest.Time)
	if _, err := o.Download(t.Context(), "req-1", dir, nil); err != nil {
		t.Fatal(err)
	}
	sums := readFile(t, dir, "req-1", operator.SumsFile)
	if lines := strings.Count(sums, ".json\n"); lines < operator.DownloadBatch+3 || lines != len(operatortest.FilesIn(t, dir))-1 {
		t.Errorf("%d lines of %d files", lines, len(operatortest.FilesIn(t, dir)))
	}
}

func TestDownloadRefusesNamesThatNoFileMayHave(t *testing.T) {
	for name, remedy := range map[string]string{
		"req-1/../../outside.txt": "dotted segment",
		"req-1/a//b":              "empty or dotted segment",
		"req-1/./b":               "dotted segment",
		"req-1/c:evil":            "colon",
		"req-1/1/plan.json/x":     "both a file and a folder",
	} {
		t.Run(name, func(t *testing.T) {
			s, parent := operatortest.Closed(t), t.TempDir()
			s.Put(s.Exports, name, "hostile")
			o, _ := s.Operator(operatortest.Time)
			_, err := o.Download(t.Context(), "req-1", filepath.Join(parent, "in"), nil)
			if err == nil || !strings.Contains(err.Error(), remedy) {
				t.Errorf("got %v, want it to say %q", err, remedy)
			}

			for _, f := range operatortest.FilesIn(t, parent) {
				if !strings.HasPrefix(f, "in/req-1/") && f != "in/.gitignore" {
					t.Errorf("%s was written", f)
				}
			}
		})
	}
}

func TestDownloadDoesNotFollowALinkOutOfTheFolder(t *testing.T) {
	s, dir, outside := operatortest.Closed(t), t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "req-1")); err != nil {
		t.Fatal(err)
	}
	o, _ := s.Operator(operatortest.Time)
	if _, err := o.Download(t.Context(), "req-1", dir, nil); err == nil {
		t.Error("the link was followed")
	}
	if left := operatortest.FilesIn(t, outside); len(left) > 0 {
		t.Errorf("written outside: %v", left)
	}
}

func TestDownloadRefusesWhatIsOpenOrNotStored(t *testing.T) {
	open := operatortest.New(t)
	open.Open()
	o, _ := open.Operator(operatortest.Time)
	for name, c := range map[string]struct {
		id   string
		kind operator.Kind
		want string
	}{
		"an open request": {"req-1", operator.Refused, "not closed yet"},
		"an unknown one":  {"req-9", operator.NotFound, "no request req-9 is stored"},
		"no id":           {"../x", operator.Invalid, "is not the id of a request"},
	} {
		_, err := o.Download(t.Context(), c.id, t.TempDir(), nil)
		if operator.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
