package main

import (
	"strings"

	"azureml-dsr/internal/azureml"
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

// shownOf tells which rows of totals are worth a line: those of a generation that
// anything was called of, of reading and of deleting apart. Where nothing at all was
// deleted it is the generation that was read, and the other way round; where nothing
// at all was called, the first.
func shownOf(totals dsr.Totals) func(row string) bool {
	read, deleted := map[generation]bool{}, map[generation]bool{}
	for row, c := range totals {
		switch {
		case c == dsr.Counts{}:
		case deletes(row):
			deleted[generationOf(row)] = true
		default:
			read[generationOf(row)] = true
		}
	}
	if len(read)+len(deleted) == 0 {
		read[firstGeneration] = true
	}
	if len(read) == 0 {
		read = deleted
	}
	if len(deleted) == 0 {
		deleted = read
	}
	return func(row string) bool {
		if deletes(row) {
			return deleted[generationOf(row)]
		}
		return read[generationOf(row)]
	}
}

func deletes(row string) bool { return strings.HasPrefix(row, "D") }

// generationOfType tells which generation a resource type belongs to.
func generationOfType(typ string) generation {
	for _, e := range azureml.Catalogue() {
		if e.Type == typ {
			return generationOf(e.ID)
		}
	}
	return firstGeneration
}

// typesOf gives the resource types of a generation.
func typesOf(g generation) []string {
	var types []string
	for _, r := range azureml.Resources() {
		if generationOfType(r.Type) == g {
			types = append(types, r.Type)
		}
	}
	return types
}
