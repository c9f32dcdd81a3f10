package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newHoldListCmd(e *cli.Env) *cobra.Command {
	var all, asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List what is on hold",
		Long:    "Lists the holds in force, each with the day and the name of whoever set it, with --all also those that ended or were released.",
		Example: "  dsr hold list\n  dsr hold list --all --json",
		Args:    cli.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
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

	table := cli.NewTable(e.Streams)
	for _, h := range holds {
		addHold(table, h)
	}
	table.Flush()

	if len(holds) == 0 {
		_, _ = fmt.Fprintln(e.Err, "Nothing is on hold.") // not on Out, where scripts count lines
	}

	return nil
}

// addHold adds the row of a hold: who set it when, and of a released one who released it.
func addHold(t *cli.Table, h operator.ListedHold) {
	cells := []cli.Cell{
		cli.Plain("HOLD", h.ID),
		cli.Plain("STATE", h.State),
		cli.Plain("ON", cli.OneLine(h.On)),
		cli.Named("since", h.Since.UTC().Format(time.DateOnly)),
		cli.Named("by", cli.OrDash(cli.OneLine(cmp.Or(h.SetBy, h.SetByStated)))),
		cli.Named("until", timeIn(operator.Moment{Time: h.Until}, time.DateOnly)),
		cli.Plain("REASON", cli.OneLine(h.SetFor)),
	}
	if h.State == operator.HoldReleased {
		cells = append(
			cells,
			cli.Named("released", h.At.UTC().Format(time.DateOnly)),
			cli.Named("releasedBy", cli.OrDash(cli.OneLine(cmp.Or(h.By, h.StatedBy)))),
			cli.Plain("WHY", cli.OneLine(h.Reason)),
		)
	}
	t.Row(cells...)
}
