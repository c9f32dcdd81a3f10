package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// shownFailures is how many failures are printed as lines. The JSON has all of them.
const shownFailures = 20

// printStatus prints a line for the request, one for each resource type, and one for
// each of the first failures.
func printStatus(w io.Writer, s operator.Status) {
	days := strconv.Itoa(s.DaysLeft)
	if s.Due.IsZero() {
		days = cli.OrDash("")
	}

	cli.PrintFields(w, s.ID, cli.OrDash(s.Kind), cli.Count("attempt", s.Attempt), s.State, "due="+timeIn(s.Due, time.DateOnly), "daysLeft="+days)

	if s.Canceling {
		cli.PrintFields(w, "canceling", "the cancel is recorded; what may have been deleted is looked at before the request is closed")
	}

	for _, t := range s.Types {
		cli.PrintFields(
			w,
			t.Type,
			cli.Count("done", t.Done),
			cli.Count("waiting", t.Waiting),
			cli.Count("scheduled", t.Scheduled),
			"until="+timeIn(t.Until, time.RFC3339),
			cli.Count("failed", t.Failed),
		)
	}

	if s.Cost != nil {
		printCost(w, *s.Cost)
	}

	printDeadNotes(w, s)
	for i, f := range s.Failures {
		if i == shownFailures {
			cli.PrintFields(w, "failure", fmt.Sprintf("and %d more; --json shows them", len(s.Failures)-i))
			break
		}
		cli.PrintFields(w, "failure", f.Endpoint, f.Target, cli.OrDash(f.Item), f.Error)
	}
}

// printCost prints what an attempt has asked of the services that Azure bills.
func printCost(w io.Writer, c dsr.Cost) {
	cli.PrintFields(
		w,
		"cost",
		cli.Count("upstreamCalls", c.UpstreamCalls),
		cli.Count("storageWrites", c.StorageWrites),
		cli.Count("storageReads", c.StorageReads),
		cli.Count("storageLists", c.StorageLists),
		cli.Count("messages", c.Messages),
		cli.Count("invocations", c.Invocations),
		cli.Count("milliseconds", c.Milliseconds),
		cli.Count("bytesRead", c.BytesRead),
		cli.Count("bytesWritten", c.BytesWritten),
	)
}

// printDeadNotes prints a line for each refused message with the request's id.
func printDeadNotes(w io.Writer, s operator.Status) {
	for _, d := range s.Dead {
		cli.PrintFields(
			w,
			"deadLetter",
			d.Queue,
			d.Sequence,
			cli.OrDash(cli.OneLine(d.Reason)),
			cli.OrDash(cli.OneLine(d.Description)),
		)
	}
	if s.DeadUnknown != "" {
		cli.PrintFields(w, "deadLetter", cli.OneLine(s.DeadUnknown))
	}
}
