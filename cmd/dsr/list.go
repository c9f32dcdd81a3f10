package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newListCmd(e *cli.Env) *cobra.Command {
	var opts operator.ListOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the open requests, the most urgent first",
		Long: `Lists the requests that are not closed, a line each, sorted by their deadline.
What was open when its deadline passed is marked LATE, for good; in red on a
terminal while it is open.

With --all it also lists the closed ones, each with its last attempt. That looks
through the whole container of the evidence, which takes a while when it is large.
--state lists those of some states alone: of dsr status, or open or closed.`,
		Example: "  dsr list\n  dsr list --all --json\n  dsr list --state rejected,canceled",
		Args:    cli.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
				return runList(cmd.Context(), e, o, opts, asJSON)
			})
		},
	}

	cmd.Flags().BoolVar(&opts.All, "all", false, "list the closed requests too")
	cmd.Flags().StringSliceVar(&opts.States, "state", nil, "list only these states, with commas between them")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array instead of lines")

	return cmd
}

func runList(ctx context.Context, e *cli.Env, o *operator.Operator, opts operator.ListOptions, asJSON bool) error {
	requests, err := o.List(ctx, opts)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(e.Out).Encode(requests)
	}

	table := cli.NewTable(e.Streams)
	for _, l := range requests {
		addListed(table, l, e.Color(cli.Red))
	}
	table.Flush()

	if len(requests) == 0 {
		_, _ = fmt.Fprintln(e.Err, emptyList(opts)) // not on Out, where scripts count lines
	}

	return nil
}

// emptyList says what it means that a list has no line.
func emptyList(opts operator.ListOptions) string {
	if len(opts.States) > 0 {
		return "No request is in one of these states."
	}
	if opts.All {
		return "There are no requests: none is open, and none was closed."
	}
	return "No request is open. `dsr list --all` lists the closed ones."
}

// addListed adds the row of a request. One that is open and late gets the color urgent.
func addListed(t *cli.Table, l operator.Listed, urgent string) {
	days := cli.OrDash("")
	if l.DaysLeft != nil {
		days = strconv.Itoa(*l.DaysLeft)
	}

	cells := []cli.Cell{
		cli.Plain("ID", l.ID),
		cli.Plain("KIND", cli.OrDash(l.Kind)),
		cli.Number("attempt", l.Attempt),
		cli.Plain("STATE", l.State),
		cli.Named("due", timeIn(l.Due, time.DateOnly)),
		cli.Named("daysLeft", days),
	}
	if l.Late {
		cells = append(cells, cli.Plain("", lateWord))
	}

	if !l.Late || !l.Open() {
		urgent = ""
	}
	t.Marked(urgent, cells...)
}

// lateWord marks a request that was open when its deadline passed.
const lateWord = "LATE"

// timeIn formats a time, or returns a dash for an unknown one.
func timeIn(m operator.Moment, layout string) string {
	if m.IsZero() {
		return cli.OrDash("")
	}
	return m.UTC().Format(layout)
}
