package cli

import (
	"fmt"
	"io"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

const (
	// FailuresShown is how many failures are printed as lines. The JSON has all of them.
	FailuresShown = 20
	// leftOutShown is how many things that are not covered for one reason are printed.
	leftOutShown = 6
)

// PrintExported prints how much of an export names its subject, and what that means. It
// prints nothing where nothing is exported.
func PrintExported(w io.Writer, m *operator.Matches) {
	if m == nil {
		return
	}
	matching := OrDash("")
	if m.Matching != nil {
		matching = fmt.Sprint(*m.Matching)
	}
	PrintFields(w, fmt.Sprintf("matching=%s of %d", matching, m.Documents), m.Words())
}

// PrintFailures prints a line for each of the first failures, with what it means and what to
// do. omitted is how many there are besides them.
func PrintFailures(w io.Writer, failures []operator.Explained, omitted int) {
	for _, f := range failures[:min(len(failures), FailuresShown)] {
		fields := []string{
			"failure",
			f.Endpoint,
			OrDash(f.Type),
			f.Target,
			OrDash(OneLine(f.Item)),
			f.Reason,
			f.Meaning + remedyOf(f),
		}
		if said := strings.TrimPrefix(f.Error, f.Reason+": "); said != f.Reason {
			fields = append(fields, OneLine(said))
		}
		PrintFields(w, fields...)
	}

	if more := len(failures) - FailuresShown; more > 0 || omitted > 0 {
		PrintFields(w, "failure", fmt.Sprintf("and %d more; --json shows the first %d", max(more, 0)+omitted, dsr.MaxFailures))
	}
}

func remedyOf(f operator.Explained) string {
	if f.Remedy == "" {
		return ""
	}
	return ": " + f.Remedy
}

// PrintLeftOut prints a line for each reason why things are not covered.
func PrintLeftOut(w io.Writer, all []operator.LeftOut) {
	for _, l := range all {
		what := strings.Join(l.What[:min(len(l.What), leftOutShown)], ", ")
		if more := len(l.What) - leftOutShown; more > 0 {
			what += fmt.Sprintf(" and %d more", more)
		}
		PrintFields(w, "notCovered", OneLine(what), OneLine(l.Why))
	}
}
