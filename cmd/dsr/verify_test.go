package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"azureml-dsr/internal/verify"
)

// TestEvidenceScripts runs the stories in testdata/evidence. Each begins with a
// small request in the folder evidence, as dsr download leaves it.
func TestEvidenceScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/evidence",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			return download(t.Context(), closedRequest(t).Connections, "req-1", filepath.Join(e.WorkDir, "evidence"))
		},
	})
}

func TestVerifyReadsTheContainers(t *testing.T) {
	s := closedRequest(t)
	a, out, _ := testApp(t, nil)
	if err := verifyStored(t.Context(), a, s.Connections, verifyOptions{what: "req-1"}, nil); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if !strings.Contains(out.String(), "\nok  req-1  attempt=1  succeeded  ") {
		t.Errorf("printed:\n%s", out)
	}
	s.put(s.Exports, "req-1/1/data/note.txt", "x")
	out.Reset()
	if err := verifyStored(t.Context(), a, s.Connections, verifyOptions{what: "req-1"}, nil); exitCode(err) != exitNotGood {
		t.Errorf("with a foreign blob: %v", err)
	}
	if !strings.HasSuffix(out.String(), "\n1 fault\n") {
		t.Errorf("printed:\n%s", out)
	}
}

func TestVerifyOfStoredRequestsSaysWhichThereAreNot(t *testing.T) {
	open := newStoredRequest(t)
	open.open()
	open.planIt()
	open.put(open.Audit, "req-1/1/manifest/part-00001-0123456789abcdef.json", "{}") // a closer is at it
	a, _, _ := testApp(t, nil)
	for name, c := range map[string]struct {
		o    verifyOptions
		code int
		want string
	}{
		"one that is open":   {verifyOptions{what: "req-1"}, exitFailed, "not closed yet"},
		"an unknown one":     {verifyOptions{what: "req-9"}, exitNotFound, "no request req-9"},
		"an unknown attempt": {verifyOptions{what: "req-1", attempt: 2}, exitNotFound, "has 1 attempt"},
	} {
		err := verifyStored(t.Context(), a, open.Connections, c.o, nil)
		if exitCode(err) != c.code || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyShowsItsProgressOnATerminal(t *testing.T) {
	a, out, _ := testApp(t, nil)
	a.IsTerminal = true
	if err := verifyStored(t.Context(), a, closedRequest(t).Connections, verifyOptions{what: "req-1"}, nil); err != nil {
		t.Fatal(err)
	}
	if bar, lines, _ := strings.Cut(out.String(), "\n"); !strings.Contains(bar, "3/3  receipts") || !strings.HasPrefix(lines, "E01") {
		t.Errorf("printed %q", out)
	}
}

func TestAFolderListsInOrderOfWholeNames(t *testing.T) {
	s := closedRequest(t)
	dir := t.TempDir()
	s.put(s.Audit, "req-1/1/data-sheet", "x") // after data/… in a folder's own order
	if err := download(t.Context(), s.Connections, "req-1", dir); err != nil {
		t.Fatal(err)
	}
	folder, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	for _, prefix := range []string{"req-1/", "req-1/1/p", "req-1/1/pages/", "req-1/1/receipts/0000", "req-1/none/", "req-1/request.json/", "req-9/"} {
		want, got := listedNames(t, evidenceOf(s.Connections), prefix), listedNames(t, folder, prefix)
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: listed\n%s\nwant\n%s", prefix, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for _, name := range []string{"req-1/none", "req-1/../req-1/request.json", "req-9/request.json", "req-1/"} {
		if body, err := folder.Open(t.Context(), name); err == nil {
			t.Errorf("%s was opened", name)
			_ = body.Close()
		}
	}
}

func listedNames(t *testing.T, e verify.Evidence, prefix string) (out []string) {
	t.Helper()
	for name, err := range e.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, name)
	}
	return out
}
