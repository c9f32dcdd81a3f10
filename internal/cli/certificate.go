package cli

import (
	"io"
	"time"

	"azureml-dsr/internal/operator"
)

// PrintCertificate prints a certificate as lines.
func PrintCertificate(s Streams, c operator.Certificate) {
	w := s.Out
	PrintFields(w, "certificate", c.ID, Count("attempt", c.Attempt), string(c.Status), "closed="+c.ClosedAt.UTC().Format(time.RFC3339))
	PrintFields(w, "objectId="+OrDash(c.ObjectID), "submittedBy="+OrDash(c.SubmittedBy), "approvedBy="+OrDash(c.ApprovedBy))
	PrintWhat(w, c.What)
	PrintFields(w, "plan="+OrDash(c.PlanSHA256))
	PrintFields(w, "manifest="+c.ManifestSHA256)

	printRows(s, c.Rows)

	printAlong(w, c.Rows)

	for _, e := range c.Earlier {
		printEarlier(w, e)
	}

	for _, f := range c.NotDeleted {
		PrintFields(w, "notDeleted", f.Endpoint, OrDash(f.Target), OrDash(f.Item), f.Reason, f.Meaning+remedyOf(f), f.Error)
	}

	PrintMentions(w, c.Mentions, c.MentionsOmitted, len(c.Mentions))

	for _, r := range c.RemainingCopies {
		PrintFields(w, "remainingCopy", r.ID, Count("attempt", r.Attempt), "until="+r.Until.Format(time.DateOnly))
	}
}

// printRows prints a row for each row of the catalogue.
func printRows(s Streams, rows []operator.CertifiedRow) {
	table := NewTable(s)
	for _, r := range rows {
		cells := []Cell{Plain("ROW", r.Endpoint), Plain("TYPE", r.Type), Number("deleted", r.Deleted), Number("held", r.Held)}
		table.Row(appendNumbers(cells, []count{
			{"alreadyGone", int64(r.AlreadyGone)},
			{"takenAlong", int64(r.TakenAlong)},
			{"softDeleted", int64(r.SoftDeleted)},
			{"failed", int64(r.Failed)},
			{"canceled", int64(r.Canceled)},
		})...)
	}
	table.Flush()
}

// printAlong explains the counts of what this request itself has deleted with something else.
func printAlong(w io.Writer, rows []operator.CertifiedRow) {
	along := 0
	for _, r := range rows {
		along += r.TakenAlong
	}
	if along > 0 {
		PrintFields(w, Count("takenAlong", along), "they went with what this request had deleted before their turn, as runs go with their job")
	}
}

func printEarlier(w io.Writer, e operator.EarlierResult) {
	PrintFields(w, "earlier", Count("attempt", e.Attempt), "approvedBy="+OrDash(e.ApprovedBy), "plan="+e.PlanSHA256, "manifest="+e.ManifestSHA256)
	for _, r := range e.Rows {
		fields := []string{"earlier", r.Endpoint, r.Type, Count("deleted", r.Deleted)}
		PrintFields(w, appendCounts(fields, []count{
			{"alreadyGone", int64(r.AlreadyGone)},
			{"takenAlong", int64(r.TakenAlong)},
		})...)
	}
}
