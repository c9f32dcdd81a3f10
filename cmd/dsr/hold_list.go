package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

func newHoldListCmd(e *cli.Env) *cobra.Command {
	var all, asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List what is on hold",
		Long:    "Lists the holds in force, with --all also those that ended or were released.",
		Example: "  dsr hold list\n  dsr hold list --all --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withOperator(e, func(o *operator.Operator) error {
				return runHoldList(cmd.Context(), e, o, all, asJSON)
			})
		},
	}

	cmd.Flags().BoolVar(&all, "all", false, "also those that are over")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of lines")

	return cmd
}

func runHoldList(ctx context.Context, e *cli.Env, o *operator.Operator, all, asJSON bool) error {
	holds, err := o.Holds(ctx, all)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(e.Out).Encode(holds)
	}

	for _, h := range holds {
		until := cli.OrDash("")
		if !h.Until.IsZero() {
			until = h.Until.UTC().Format(time.DateOnly)
		}
		cli.PrintFields(e.Out, h.ID, stateOfHold(h, e.Now()), h.On, "until="+until, cli.OneLine(h.Reason))
	}

	return nil
}

func stateOfHold(h dsr.Hold, now time.Time) string {
	switch {
	case h.Released:
		return "released"
	case !h.Holds(now):
		return "over"
	default:
		return "holds"
	}
}
