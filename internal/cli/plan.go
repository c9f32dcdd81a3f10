package cli

import (
	"io"

	"azureml-dsr/internal/dsr"
)

// PrintWhat prints what a request deletes, unless that is everything in its scope.
func PrintWhat(w io.Writer, what string) {
	if what == dsr.WhatSubject {
		PrintFields(w, "what="+what, "only what is the subject's own is deleted; what is of others, or of nobody, stays")
	}
}

// PrintStages prints a row for each stage of a deletion plan, in order. For a container,
// and for things that may belong to one person, it shows how many are the subject's.
func PrintStages(streams Streams, plan dsr.DeletionPlan) {
	table := NewTable(streams)
	for _, s := range plan.Stages {
		cells := []Cell{Plain("ROW", s.Endpoint), Plain("TYPE", s.Type), Number("things", s.Things()), Plain("TARGET", s.Target)}
		if s.Container || s.Matching+s.Others > 0 {
			cells = append(cells, Number("matching", s.Matching), Number("others", s.Others))
		}
		table.Row(cells...)
	}
	table.Flush()
}
