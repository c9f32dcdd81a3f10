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

// PrintStages prints a line for each stage of a deletion plan, in order. For a container,
// and for things that may belong to one person, it shows how many are the subject's.
func PrintStages(w io.Writer, plan dsr.DeletionPlan) {
	for _, s := range plan.Stages {
		fields := []string{s.Endpoint, s.Type, Count("things", s.Things()), s.Target}
		if s.Container || s.Matching+s.Others > 0 {
			fields = append(fields, Count("matching", s.Matching), Count("others", s.Others))
		}
		PrintFields(w, fields...)
	}
}
