package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newRetryCmd(e *cli.Env) *cobra.Command {
	var order operator.RetryOrder
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "retry ID",
		Short: "Do again what failed in a closed request",
		Long: `Orders the next attempt of a request that was closed as partiallyFailed or
failed. It does just what failed: single items, whole lists that broke off, and
targets that could not be found. Its manifest names the one before and carries
the totals of both.

With --only, which may be given more than once, just those resource types are
retried; the manifest then lists the others as NotRetried, and a later
` + "`dsr retry`" + ` can still do them.

A request that is open, succeeded, was canceled or was refused can't be retried,
nor one whose documents were removed when their retention was over: send that
under a new id.`,
		Example:           "  dsr retry 3f0c6f0e-77aa\n  dsr retry 3f0c6f0e-77aa --only runs --only artifacts\n  dsr status 3f0c6f0e-77aa --watch",
		Args:              cli.Args("ID"),
		ValidArgsFunction: completing(e, allIDs, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			order.ID = args[0]
			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
				return runRetry(cmd.Context(), e, o, order, asJSON)
			})
		},
	}

	cmd.Flags().StringArrayVar(&order.Only, "only", nil, "a resource type to retry (default all that failed)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object instead of text")

	return cmd
}

func runRetry(ctx context.Context, e *cli.Env, o *operator.Operator, order operator.RetryOrder, asJSON bool) error {
	ordered, err := o.Retry(ctx, order)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(e.Out).Encode(ordered)
	}
	return e.Say("Attempt %d of request %s is ordered. `dsr status %s --watch` follows it.\n", ordered.Attempt, ordered.ID, ordered.ID)
}
