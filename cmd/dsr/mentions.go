package main

import (
	"fmt"
	"io"

	"azureml-dsr/internal/dsr"
)

// onlyOwn says what a request of what=subject deletes.
const onlyOwn = "only what is the subject's own is deleted; what is of others, or of nobody, stays"

// printMentions prints the first documents that a person decides on, and how many
// there are.
func printMentions(w io.Writer, mentions []dsr.Mention, omitted, first int) {
	total := len(mentions) + omitted
	if total == 0 {
		return
	}
	possible := 0
	for i, m := range mentions {
		word := "mentions"
		if m.Owner == dsr.OwnerPossible {
			word = string(m.Owner)
			possible++
		}
		if i < first {
			printFields(w, "mention", m.Endpoint, m.Target, m.Item, word, m.URL)
		}
	}
	fields := []string{fmt.Sprintf("mentions=%d", total), fmt.Sprintf("possible=%d", possible)}
	if unnamed := total - min(first, len(mentions)); unnamed > 0 {
		fields = append(fields, fmt.Sprintf("notShown=%d", unnamed))
	}
	printFields(w, append(fields, "they stay: a person decides on what only mentions the subject, or may be the subject's by a name that others share")...)
}
