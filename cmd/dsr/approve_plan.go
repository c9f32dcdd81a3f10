package main

import (
	"context"
	"fmt"
	"time"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

// printPlan prints what is deleted, in order, and what is kept. The summary comes last,
// where a long plan leaves it on the screen.
func printPlan(ctx context.Context, s cli.Streams, o *operator.Operator, p operator.PlannedDeletion) error {
	w := s.Out
	for thing, err := range o.Deleted(ctx, p) {
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintln(w, "DELETE", cli.OneLine(thing.URL)) // errors are ignored, as in PrintFields
	}

	for _, h := range p.Held {
		cli.PrintFields(w, "held", h.Endpoint, h.Target, cli.OrDash(h.Item), "hold="+h.Hold, cli.OneLine(h.Reason))
	}
	if p.HeldOmitted > 0 {
		cli.PrintFields(w, "held", cli.Count("notShown", p.HeldOmitted))
	}

	for _, l := range p.Plan.Locks {
		cli.PrintFields(w, "locked", l.Name, l.Level, l.Scope, "nothing is deleted until it is removed")
	}

	cli.PrintMentions(w, p.Plan.Mentions, p.Plan.MentionsOmitted, cli.MentionsShown)
	printSummary(s, p)

	return nil
}

// printSummary prints who asks for what, by when, and how much of it is deleted.
func printSummary(s cli.Streams, p operator.PlannedDeletion) {
	w := s.Out
	cli.PrintStages(s, p.Plan)
	cli.PrintWhat(w, p.What)
	cli.PrintFields(w, "plan", p.PlanSHA256, p.Plan.CreatedAt.UTC().Format("2006-01-02T15:04:05Z"), "objectId="+cli.OrDash(p.Plan.ObjectID))
	cli.PrintFields(w, p.Plan.RequestID, p.Kind, cli.Count("attempt", p.Plan.Attempt), "submittedBy="+cli.OrDash(cli.OneLine(p.SubmittedBy)), "due="+timeIn(p.DueAt, time.DateOnly), cli.Count("daysLeft", p.DaysLeft))
	cli.PrintFields(w, cli.Count("deletes", p.Deletes), cli.Count("held", len(p.Held)+p.HeldOmitted), cli.Count("mentions", len(p.Plan.Mentions)+p.Plan.MentionsOmitted))
}
