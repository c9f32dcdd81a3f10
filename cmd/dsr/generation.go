package main

import (
	"strings"

	"azureml-dsr/internal/dsr"
)

// generation is one of the two Azure MLs, whose rows stand in the same tables.
type generation int

const (
	firstGeneration  generation = iota // Azure ML Workbench and its services: rows E and D
	secondGeneration                   // Microsoft.MachineLearningServices: rows W and DW
)

// generationOf tells which generation a row belongs to, of reading or of deleting.
func generationOf(row string) generation {
	if strings.HasPrefix(strings.TrimPrefix(row, "D"), "W") {
		return secondGeneration
	}
	return firstGeneration
}

// touched gives the generations that totals say anything of. A request that found
// nothing at all was one for the first, as long as nothing says more.
func touched(totals dsr.Totals) map[generation]bool {
	out := map[generation]bool{}
	for row, c := range totals {
		if c != (dsr.Counts{}) {
			out[generationOf(row)] = true
		}
	}
	if len(out) == 0 {
		out[firstGeneration] = true
	}
	return out
}
