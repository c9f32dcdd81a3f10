package cli

import (
	"io"

	"azureml-dsr/internal/dsr"
)

// MentionsShown is how many mentions of a plan are printed.
const MentionsShown = 5

// PrintMentions prints the first documents that are left for a person to decide on, at
// most first of them, and how many there are in all. omitted is how many there are besides
// mentions.
func PrintMentions(w io.Writer, mentions []dsr.Mention, omitted, first int) {
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
			PrintFields(w, "mention", m.Endpoint, m.Target, m.Item, word, m.URL)
		}
	}

	fields := []string{Count("mentions", total), Count("possible", possible)}
	if unnamed := total - min(first, len(mentions)); unnamed > 0 {
		fields = append(fields, Count("notShown", unnamed))
	}

	PrintFields(w, append(fields, "they stay: a person decides on what only mentions the subject, or may be the subject's by a name that others share")...)
}
