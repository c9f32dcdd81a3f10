package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator/operatortest"
)

// TestEvidenceScripts runs the stories in testdata/evidence. Each begins with a small
// request in the folder evidence, as dsr download writes it.
func TestEvidenceScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/evidence",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			o, _ := operatortest.Closed(t).Operator(operatortest.Time)
			_, err := o.Download(t.Context(), "req-1", filepath.Join(e.WorkDir, "evidence"), nil)
			return err
		},
	})
}

func TestVerifyReadsTheContainers(t *testing.T) {
	s := operatortest.Closed(t)
	e, out, _ := testEnv(t, nil)
	o, _ := s.Operator(operatortest.Time)
	v := &verification{Env: e}
	if err := verifyStored(t.Context(), v, o, verifyOptions{what: "req-1"}); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if !strings.Contains(out.String(), "\nok  req-1  attempt=1  succeeded  ") {
		t.Errorf("printed:\n%s", out)
	}

	s.Put(s.Exports, "req-1/1/data/note.txt", "x")
	out.Reset()
	if err := verifyStored(t.Context(), v, o, verifyOptions{what: "req-1"}); cli.ExitCode(err) != cli.ExitNotGood {
		t.Errorf("with a foreign blob: %v", err)
	}
	if !strings.HasSuffix(out.String(), "\n1 fault\n") {
		t.Errorf("printed:\n%s", out)
	}
}

func TestVerifyRefusesWhatIsOpenOrNotStored(t *testing.T) {
	open := operatortest.New(t)
	open.Open()
	open.MakePlan()
	open.Put(open.Audit, "req-1/1/manifest/part-00001-0123456789abcdef.json", "{}") // a reconciler is closing it
	e, _, _ := testEnv(t, nil)
	o, _ := open.Operator(operatortest.Time)
	for name, c := range map[string]struct {
		opts verifyOptions
		code int
		want string
	}{
		"one that is open":   {verifyOptions{what: "req-1"}, cli.ExitFailed, "not closed yet"},
		"an unknown one":     {verifyOptions{what: "req-9"}, cli.ExitNotFound, "no request req-9"},
		"an unknown attempt": {verifyOptions{what: "req-1", attempt: 2}, cli.ExitNotFound, "has 1 attempt"},
	} {
		err := verifyStored(t.Context(), &verification{Env: e}, o, c.opts)
		if cli.ExitCode(err) != c.code || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyShowsItsProgressOnATerminal(t *testing.T) {
	e, out, _ := testEnv(t, nil)
	e.IsTerminal = true
	o, _ := operatortest.Closed(t).Operator(operatortest.Time)
	if err := verifyStored(t.Context(), &verification{Env: e}, o, verifyOptions{what: "req-1"}); err != nil {
		t.Fatal(err)
	}
	if bar, lines, _ := strings.Cut(out.String(), "\n"); !strings.Contains(bar, "3/3  receipts") || !strings.HasPrefix(lines, "ROW  TYPE ") || !strings.Contains(lines, "\nE01 ") {
		t.Errorf("printed %q", out)
	}
}
