package main

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

func newDLQListCmd(e *cli.Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [QUEUE]",
		Short: "List the dead letters of a queue, and count those of the others",
		Long: `Lists the dead letters of QUEUE (default dsr-requests), a line each: its sequence
number, the request's id, the reason, the age, and the description. Then a line for
each other queue says how many it has.`,
		Example:           "  dsr dlq list\n  dsr dlq list poison",
		Args:              cli.Args("[QUEUE]"),
		ValidArgsFunction: completeQueues,
		RunE: func(cmd *cobra.Command, args []string) error {
			queue := append(args, dsr.QueueRequests)[0]
			return withDeadQueue(e, configFile(cmd), queue, func(o *operator.Operator) error {
				if asJSON {
					return encodeDead(cmd.Context(), e, o, queue)
				}
				return printDeadLetters(cmd.Context(), e, o, queue)
			})
		},
	}

	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead of lines")
	return cmd
}

// printDeadLetters prints the dead letters of a queue while it reads them, and then counts
// those of each other queue. One that can't be read hides no other.
func printDeadLetters(ctx context.Context, e *cli.Env, o *operator.Operator, queue string) error {
	var errs []error
	table := cli.NewTable(e.Streams)
	for d, err := range o.DeadLetters(ctx, queue) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		addDead(table, d)
	}
	table.Flush()

	counts, err := o.CountOtherDead(ctx, queue)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	others := cli.NewTable(e.Streams)
	for _, other := range operator.DeadQueues() {
		if other == queue {
			continue
		}
		dead := strconv.Itoa(counts[other].Dead)
		if counts[other].Unknown != "" {
			dead = "unknown"
		}
		others.Row(cli.Plain("QUEUE", other), cli.Named("dead", dead))
	}
	others.Flush()

	return errors.Join(append(errs, err)...)
}

// encodeDead prints the same as one JSON object.
func encodeDead(ctx context.Context, e *cli.Env, o *operator.Operator, queue string) error {
	dead, err := o.ListDead(ctx, queue)
	return errors.Join(err, json.NewEncoder(e.Out).Encode(dead))
}
