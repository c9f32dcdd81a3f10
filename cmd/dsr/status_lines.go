package main

import (
	"io"
	"strconv"
	"time"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// printStatus prints a line for the request, what it waits for, a line for each resource
// type, and what its manifest tells once it is closed.
func printStatus(streams cli.Streams, s operator.Status) {
	w := streams.Out
	printHead(w, s)
	printIdentified(w, s.Verification)
	if p := s.Paused; p != nil {
		cli.PrintFields(w, "paused", p.From.UTC().Format(time.DateOnly), p.Until.UTC().Format(time.DateOnly), "the clock stood still while the person was asked for proof of identity")
	}
	printWait(w, s)
	if s.Refusal != nil {
		cli.PrintFields(w, "rejected", s.Refusal.RefusedAt.UTC().Format(time.DateOnly), cli.OneLine(s.Refusal.Reason))
	}
	if s.Canceling {
		cli.PrintFields(w, "canceling", "the cancel is recorded; what may have been deleted is looked at before the request is closed")
	}

	printAttempts(streams, s.Attempts)
	printTypes(streams, s.Types)
	if s.Whose != "" && s.Exported == nil {
		cli.PrintFields(w, "whose", s.Whose, operator.WhoseWords(s.Whose))
	}
	cli.PrintExported(w, s.Exported)
	if s.Cost != nil {
		printCost(w, *s.Cost)
	}

	printDeadNotes(w, s)
	cli.PrintFailures(w, s.Failures, s.FailuresOmitted)
	cli.PrintLeftOut(w, s.NotCovered)
}

// printHead prints the line of the request.
func printHead(w io.Writer, s operator.Status) {
	days := strconv.Itoa(s.DaysLeft)
	if s.Due.IsZero() {
		days = cli.OrDash("")
	}

	fields := []string{
		s.ID,
		cli.OrDash(s.Kind),
		cli.Count("attempt", s.Attempt),
		s.State,
		"due=" + timeIn(s.Due, time.DateOnly),
		"daysLeft=" + days,
	}
	if s.Late {
		fields = append(fields, lateWord)
	}
	cli.PrintFields(w, fields...)
}

// printIdentified prints how the person was identified.
func printIdentified(w io.Writer, v *dsr.Verification) {
	if v != nil {
		cli.PrintFields(w, "verification", cli.OneLine(v.Method), v.VerifiedAt.UTC().Format(time.DateOnly), cli.OneLine(v.VerifiedBy))
	}
}

// printWait prints what an open request waits for, and the command that helps.
func printWait(w io.Writer, s operator.Status) {
	if s.Waits != nil {
		cli.PrintFields(w, "waitsFor", s.Waits.For, cli.OneLine(s.Waits.Text), "`"+cli.OneLine(s.Waits.Command)+"`")
	}
}

// printAttempts prints a row for each attempt, where there are several.
func printAttempts(s cli.Streams, attempts []operator.AttemptStatus) {
	table := cli.NewTable(s)
	for _, a := range attempts {
		table.Row(
			cli.Plain("", "attempt"),
			cli.Plain("ATTEMPT", strconv.Itoa(a.Attempt)),
			cli.Plain("STATE", a.State),
			cli.Number("documents", a.Documents),
			cli.Cell{Head: "CLOSED", Name: "closed", Value: timeIn(a.ClosedAt, time.DateOnly)},
		)
	}
	table.Flush()
}

// printTypes prints a row for each resource type.
func printTypes(s cli.Streams, types []operator.TypeStatus) {
	table := cli.NewTable(s)
	for _, t := range types {
		table.Row(
			cli.Plain("TYPE", t.Type),
			cli.Number("done", t.Done),
			cli.Number("waiting", t.Waiting),
			cli.Number("scheduled", t.Scheduled),
			cli.Named("until", timeIn(t.Until, time.RFC3339)),
			cli.Number("failed", t.Failed),
		)
	}
	table.Flush()
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
