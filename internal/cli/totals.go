package cli

import (
	"strings"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// PrintTotals prints a line for each endpoint, in order of id. It leaves out the endpoints of
// a generation of the service of which nothing was called, and the counts of rare events
// that are 0.
func PrintTotals(s Streams, totals dsr.Totals) {
	types := rowTypes()
	shown := shownOf(totals)
	table := NewTable(s)
	for _, id := range totals.Endpoints() {
		if !shown(id) {
			continue
		}

		c := totals[id]
		cells := []Cell{Plain("ROW", id), Plain("TYPE", OrDash(types[id])), Number("calls", c.Calls), Number("documents", c.Documents)}
		table.Row(appendNumbers(cells, []count{
			{"gone", c.Gone},
			{"failed", c.Failed},
			{"repeated", c.Repeated},
			{"left", c.Left},
		})...)
	}
	table.Flush()
}

// count is a named number that is printed unless it is 0.
type count struct {
	name string
	n    int64
}

func appendNumbers(cells []Cell, counts []count) []Cell {
	for _, c := range counts {
		if c.n != 0 {
			cells = append(cells, Number(c.name, c.n))
		}
	}
	return cells
}

func appendCounts(fields []string, counts []count) []string {
	for _, c := range counts {
		if c.n != 0 {
			fields = append(fields, Count(c.name, c.n))
		}
	}
	return fields
}

// rowTypes returns the resource type of each row, by its id.
func rowTypes() map[string]string {
	types := map[string]string{}
	for _, e := range azureml.Catalogue() {
		types[e.ID] = e.Type
	}
	for _, d := range azureml.DeleteOperations() {
		types[d.ID] = d.Type
	}
	return types
}

// shownOf returns which rows of totals are printed: those of each generation of the service
// of which anything was called. Rows that read and rows that delete are judged apart. Where
// nothing was deleted, the generations that were read decide for both, and the other way
// round. Where nothing was called, the first generation is printed.
func shownOf(totals dsr.Totals) func(row string) bool {
	read, deleted := map[azureml.Generation]bool{}, map[azureml.Generation]bool{}
	for row, c := range totals {
		switch {
		case c == dsr.Counts{}:
		case deletes(row):
			deleted[azureml.GenerationOf(row)] = true
		default:
			read[azureml.GenerationOf(row)] = true
		}
	}

	if len(read)+len(deleted) == 0 {
		read[azureml.FirstGeneration] = true
	}
	if len(read) == 0 {
		read = deleted
	}
	if len(deleted) == 0 {
		deleted = read
	}

	return func(row string) bool {
		if deletes(row) {
			return deleted[azureml.GenerationOf(row)]
		}
		return read[azureml.GenerationOf(row)]
	}
}

func deletes(row string) bool { return strings.HasPrefix(row, "D") }
