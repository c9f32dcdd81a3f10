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
What is past it is marked LATE, in red on a terminal.

With --all it also lists the closed ones, each with its last attempt. That looks
through the whole container of the evidence, which takes a while when it is large.`,
		Example: "  dsr list\n  dsr list --all --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withOperator(e, func(o *operator.Operator) error {
				return runList(cmd.Context(), e, o, opts, asJSON)
			})
		},
	}

	cmd.Flags().BoolVar(&opts.All, "all", false, "list the closed requests too")
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

	for _, l := range requests {
		printListed(e, l)
	}

	if len(requests) == 0 {
		_, _ = fmt.Fprintln(e.Err, "There is no such request.") // not on Out, where scripts count lines
	}

	return nil
}

// printListed prints the line of a request, in red on a terminal when it is late.
func printListed(e *cli.Env, l operator.Listed) {
	days := cli.OrDash("")
	if l.DaysLeft != nil {
		days = strconv.Itoa(*l.DaysLeft)
	}

	fields := []string{
		l.ID,
		cli.OrDash(l.Kind),
		cli.Count("attempt", l.Attempt),
		l.State,
		"due=" + timeIn(l.Due, time.DateOnly),
		"daysLeft=" + days,
	}
	if !l.Late {
		cli.PrintFields(e.Out, fields...)
		return
	}

	const red, plain = "\x1b[31m", "\x1b[0m"
	fields = append(fields, "LATE")

	if _, unwanted := e.Lookup("NO_COLOR"); e.IsTerminal && !unwanted {
		fields[0], fields[len(fields)-1] = red+fields[0], "LATE"+plain
	}

	cli.PrintFields(e.Out, fields...)
}

// timeIn formats a time, or returns a dash for an unknown one.
func timeIn(m operator.Moment, layout string) string {
	if m.IsZero() {
		return cli.OrDash("")
	}
	return m.UTC().Format(layout)
}
