package cli

import (
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

func TestAnExportSaysWhoseItIs(t *testing.T) {
	none, some := int64(0), int64(784)
	for want, m := range map[string]*operator.Matches{
		"": nil,
		"matching=784 of 2636  the export is of everybody in its scope; so many of its documents name the subject\n":          {Documents: 2636, Matching: &some},
		"matching=0 of 2636  the export is of everybody in its scope, and no document in it names the subject\n":              {Documents: 2636, Matching: &none},
		"matching=- of 2636  the request names nobody: the export is of everybody in its scope\n":                             {Documents: 2636},
		"matching=- of 9  the export is of everybody in its scope; `dsr verify` counts the documents that name the subject\n": {Documents: 9, Uncounted: true},
	} {
		var out strings.Builder
		if PrintExported(&out, m); out.String() != want {
			t.Errorf("got %q, want %q", out.String(), want)
		}
	}
}

func TestFailuresSayWhatTheyMeanAndWhatToDo(t *testing.T) {
	refused := dsr.Failure{
		Endpoint: "E03",
		Target:   "/t",
		Item:     "one",
		Reason:   dsr.ReasonForbidden,
		Error:    "Forbidden: E03: the answer was 403",
	}
	var out strings.Builder
	PrintFailures(&out, operator.Explain([]dsr.Failure{refused}), 0)
	want := "failure  E03  models  /t  one  Forbidden  Azure refuses access: give the worker's identity the right that is missing, then `dsr retry`  E03: the answer was 403\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}

	many := make([]dsr.Failure, FailuresShown+3)
	out.Reset()
	PrintFailures(&out, operator.Explain(many), 7)
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != FailuresShown+1 || lines[FailuresShown] != "failure  and 10 more; --json shows the first 1000" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

func TestWhatIsNotCoveredIsALineForEachReason(t *testing.T) {
	var out strings.Builder
	PrintLeftOut(&out, []operator.LeftOut{
		{What: []string{"a", "b", "c", "d", "e", "f", "g", "h"}, Why: "nobody asked"},
		{What: []string{"notebooks"}, Why: "in the file share"},
	})
	want := "notCovered  a, b, c, d, e, f and 2 more  nobody asked\nnotCovered  notebooks  in the file share\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
