package main

import (
	"fmt"
	"io"
	"strings"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// printTotals prints a line for each endpoint, in order of id: of a generation of
// which nothing was called, none. What seldom happens is named only where it
// happened.
func printTotals(w io.Writer, totals dsr.Totals) {
	types := map[string]string{}
	for _, e := range azureml.Catalogue() {
		types[e.ID] = e.Type
	}
	for _, d := range azureml.DeleteOperations() {
		types[d.ID] = d.Type
	}
	shown := shownOf(totals)
	for _, id := range totals.Endpoints() {
		if !shown(id) {
			continue
		}
		c := totals[id]
		fields := []string{id, orDash(types[id]), fmt.Sprintf("calls=%d", c.Calls), fmt.Sprintf("documents=%d", c.Documents)}
		for _, f := range []struct {
			name string
			n    int64
		}{{"gone", c.Gone}, {"failed", c.Failed}, {"repeated", c.Repeated}} {
			if f.n != 0 {
				fields = append(fields, fmt.Sprintf("%s=%d", f.name, f.n))
			}
		}
		printFields(w, fields...)
	}
}

// printFields prints one line, its fields parted by two spaces. A line that
// can't be printed must not stop the work.
func printFields(w io.Writer, fields ...string) {
	_, _ = fmt.Fprintln(w, strings.Join(fields, "  "))
}

// plural gives a number and its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// orDash stands for a field that has no value.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
