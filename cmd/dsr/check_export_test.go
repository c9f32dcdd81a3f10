package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator/operatortest"
)

// strangersScript is written from docs/format.md alone. It runs in Node.js, which is
// installed wherever these tests run, because Azurite needs it.
const strangersScript = "../../docs/examples/check-export.mjs"

// checkExport runs the script on a downloaded request.
func checkExport(t *testing.T, dir string, flags ...string) (code int, out string) {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "node", append([]string{strangersScript, dir}, flags...)...).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), string(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return cli.ExitDone, string(text)
}

// damage is a change of a downloaded request that the script must find. Its name is what
// was changed.
type damage struct {
	name string
	do   func(t *testing.T, dir string)
	want string // everything that is printed
}

func TestAStrangersScriptFindsWhatVerifyFinds(t *testing.T) {
	const (
		part    = "1/data/models/s/g/h/part-1-000001-00001.json"
		receipt = "1/receipts/00002/1-000001-00001-models.json"
		page    = "1/pages/00002/1-000001.json"
	)
	for _, c := range []damage{
		{"nothing", func(*testing.T, string) {}, "ok  blobs=11  documents=3\n"},
		{"one byte of a part", func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, part), "two", "two ")
		}, "changed  " + part + "\nchanged  " + part + "\ninconsistent  data/models/s/g/h/part-1-000001-00001.json\n" +
			"inconsistent  MANIFEST-PART\ninconsistent  totals of E03\nfaults=5\n"},
		{"one byte of a page record, with a new SHA256SUMS", func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, page), `"two"`, `"2wo"`)
			operatortest.SumAgain(t, dir)
		}, "changed  " + page + "\nchanged  " + page + "\nfaults=2\n"}, // two receipts name it
		{"a receipt that is gone", func(t *testing.T, dir string) {
			remove(t, filepath.Join(dir, receipt))
		}, "missing  " + receipt + "\nmissing  " + receipt + "\ninconsistent  MANIFEST-PART\ninconsistent  totals of E03\nforeign  " + part + "\nfaults=5\n"},
		{"an added blob", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "1/data/note.txt"), "x")
		}, "added  1/data/note.txt\nforeign  1/data/note.txt\nfaults=2\n"},
		{"an added blob that SHA256SUMS lists", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "1/data/note.txt"), "x")
			operatortest.SumAgain(t, dir)
		}, "foreign  1/data/note.txt\nfaults=1\n"},
		{"a manifest with another total", func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "1/manifest.json"), `"E03":{"calls":2`, `"E03":{"calls":3`)
			operatortest.SumAgain(t, dir)
		}, "inconsistent  totals of E03\nfaults=1\n"},
		{"another request", func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "request.json"), `"kind":"export"`, `"kind":"expert"`)
			operatortest.SumAgain(t, dir)
		}, "changed  request.json\nfaults=1\n"},
		{"a link in the place of a part", func(t *testing.T, dir string) {
			moved := filepath.Join(t.TempDir(), "part")
			if err := errors.Join(os.Rename(filepath.Join(dir, part), moved), os.Symlink(moved, filepath.Join(dir, part))); err != nil {
				t.Fatal(err)
			}
		}, "irregular  " + part + "\nmissing  " + part + "\nmissing  " + part + "\ninconsistent  data/models/s/g/h/part-1-000001-00001.json\n" +
			"inconsistent  MANIFEST-PART\ninconsistent  totals of E03\nfaults=6\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := downloaded(t, operatortest.Closed(t))
			manifestPart := "manifest/" + filepath.Base(operatortest.FilesIn(t, filepath.Join(dir, "1/manifest"))[0])
			c.do(t, dir)
			code, out := checkExport(t, dir)
			if want := strings.ReplaceAll(c.want, "MANIFEST-PART", manifestPart); out != want {
				t.Errorf("printed:\n%swant:\n%s", out, want)
			}

			verified, lines, _ := runIn(t, nil, "verify", dir)
			if code != verified && !strings.Contains(c.name, "SHA256SUMS") {
				t.Errorf("exit code %d, that of dsr verify is %d:\n%s", code, verified, lines)
			}
		})
	}
}

func TestAStrangersScriptAcceptsAnExportThatHasFailures(t *testing.T) {
	s := operatortest.New(t)
	s.Open()
	s.MakePlan()
	s.List(s.Task(1, 0), operatortest.AccountID)
	s.Work(s.Task(1, 0), "E01", operatortest.AccountID)
	s.List(s.Task(2, 0), "one", "two")
	s.Work(s.Task(2, 0), "E03", "one")
	s.Fail(s.Task(2, 1))
	s.Put(s.Exports, "req-1/1/data/models/s/g/h/part-1-000001-00001.json", "[]") // of the failed task
	s.CloseAttempt()

	if code, out := checkExport(t, downloaded(t, s)); code != cli.ExitDone || out != "unlisted  1/data/models/s/g/h/part-1-000001-00001.json\nok  blobs=10  documents=2\n" {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestThePageShowsTheStrangersScript(t *testing.T) {
	script := readText(t, strangersScript)
	if n := strings.Count(script, "\n"); n > 150 {
		t.Errorf("it has %d lines; a stranger is promised at most 150", n)
	}
	if !strings.Contains(readText(t, "../../docs/format.md"), "```js\n"+script+"```\n") {
		t.Error("docs/format.md shows another script than docs/examples/check-export.mjs")
	}
}

func downloaded(t *testing.T, s *operatortest.Stored) (dir string) {
	t.Helper()
	dir = t.TempDir()
	o, _ := s.Operator(operatortest.Time)
	_, err := o.Download(t.Context(), "req-1", dir, nil)
	s.Must(err)
	return filepath.Join(dir, "req-1")
}

func edit(t *testing.T, file, from, to string) {
	t.Helper()
	text := readText(t, file)
	if !strings.Contains(text, from) {
		t.Fatalf("%s does not hold %s", file, from)
	}
	write(t, file, strings.Replace(text, from, to, 1))
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// TestAStrangersScriptNeverCrashes runs the script on what is no download at all.
func TestAStrangersScriptNeverCrashes(t *testing.T) {
	empty := t.TempDir()
	broken := t.TempDir()
	for _, name := range []string{"SHA256SUMS", "request.json", "subject.json", "1/manifest.json", "1/manifest.sig", "1/plan.json", "1/hops/x.json"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(broken, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(broken, name), `{"parts":7,"request":null}`)
	}

	for what, c := range map[string]struct {
		args []string
		code int
	}{
		"no folder":            {[]string{filepath.Join(empty, "nowhere")}, cli.ExitNotGood},
		"an empty folder":      {[]string{empty}, cli.ExitNotGood},
		"JSON of other shapes": {[]string{broken}, cli.ExitNotGood},
		"no such attempt":      {[]string{downloaded(t, operatortest.Closed(t)), "7"}, cli.ExitNotGood},
		"a key that is none":   {[]string{empty, "--key", filepath.Join(broken, "SHA256SUMS")}, cli.ExitUsage},
	} {
		code, out := checkExport(t, c.args[0], c.args[1:]...)
		if code != c.code || strings.Contains(out, "    at ") {
			t.Errorf("%s: exit code %d:\n%s", what, code, out)
		}
	}
}
