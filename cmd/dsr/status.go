package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

// statusOptions are the argument and flags of `dsr status`.
type statusOptions struct {
	id    string
	watch bool
	json  bool
}

func newStatusCmd(e *cli.Env) *cobra.Command {
	var opts statusOptions
	cmd := &cobra.Command{
		Use:   "status ID",
		Short: "Show how far a request is, and what waits until when",
		Long: `Shows a request's state and deadline, and for each resource type how many tasks
are done, wait, are scheduled for later (with the last of those times) or failed.
States: received, running, succeeded, partiallyFailed, failed, canceled. Of a
closed request it also shows what failed and why.

With --watch it goes on until the request is closed, and then ends with exit
code 0 if it succeeded and 3 if not.`,
		Example: "  dsr status 3f0c6f0e-77aa\n  dsr status 3f0c6f0e-77aa --watch",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.id = args[0]
			return withOperator(e, func(o *operator.Operator) error {
				return runStatus(cmd.Context(), e, o, opts)
			})
		},
	}

	cmd.Flags().BoolVar(&opts.watch, "watch", false, "go on until the request is closed")
	cmd.Flags().BoolVar(&opts.json, "json", false, "print JSON objects instead of lines")

	return cmd
}

func runStatus(ctx context.Context, e *cli.Env, o *operator.Operator, opts statusOptions) error {
	if opts.watch {
		return watchStatus(ctx, e, o, opts)
	}

	s, err := o.Status(ctx, opts.id)
	if err != nil {
		return err
	}
	return showStatus(e, s, opts.json)
}

// showStatus prints a status.
func showStatus(e *cli.Env, s operator.Status, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(e.Out).Encode(s)
	}
	printStatus(e.Out, s)
	return nil
}
