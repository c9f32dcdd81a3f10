package main

import (
	"context"
	"fmt"
	"io"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

// printPlan prints a deletion plan, in the order in which things are deleted.
func printPlan(ctx context.Context, w io.Writer, o *operator.Operator, p operator.PlannedDeletion) error {
	cli.PrintFields(w, "plan", p.PlanSHA256, p.Plan.CreatedAt.UTC().Format("2006-01-02T15:04:05Z"), "objectId="+cli.OrDash(p.Plan.ObjectID))
	cli.PrintWhat(w, p.What)
	cli.PrintStages(w, p.Plan)

	for thing, err := range o.Things(ctx, p.Plan) {
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintln(w, "DELETE", thing.URL) // errors are ignored, as in PrintFields
	}

	for _, h := range p.Plan.Held {
		cli.PrintFields(w, "held", h.Endpoint, h.Target, cli.OrDash(h.Item), "hold="+h.Hold, cli.OneLine(h.Reason))
	}

	if p.Plan.HeldOmitted > 0 {
		cli.PrintFields(w, "held", cli.Count("notShown", p.Plan.HeldOmitted))
	}

	cli.PrintMentions(w, p.Plan.Mentions, p.Plan.MentionsOmitted, cli.MentionsShown)

	return nil
}
