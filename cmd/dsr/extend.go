package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newExtendCmd(e *cli.Env) *cobra.Command {
	var order operator.ExtendOrder
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "extend ID --until DATE --reason TEXT",
		Short: "Extend a request's deadline, once, to at most three months after its receipt",
		Long: `Records that a request's deadline is extended: GDPR article 12(3) allows it once,
to three calendar months after the request was received at most, and the person
is to be told of it and of the reasons within the first month. So it is refused
after the first deadline, a second time, and for a request that succeeded, was
canceled or was refused.

--until is a date (2027-01-23, at the deadline's own time of day) or a time
(2027-01-23T10:00:00Z). --reason is kept with the evidence, which may be
immutable, and stands in the manifest: put no names in it.`,
		Example:           "  dsr extend 3f0c6f0e-77aa --until 2027-01-23 --reason \"three subscriptions, 4 million runs\"",
		Args:              cli.Args("ID"),
		ValidArgsFunction: completing(e, openIDs, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			order.ID = args[0]
			if err := order.Check(); err != nil {
				return err
			}
			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
				return runExtend(cmd.Context(), e, o, order, asJSON)
			})
		},
	}

	cmd.Flags().StringVar(&order.Until, "until", "", "the new deadline, a date or a time")
	cmd.Flags().StringVar(&order.Reason, "reason", "", "why, for the record")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the record as JSON instead of text")

	return cmd
}

func runExtend(ctx context.Context, e *cli.Env, o *operator.Operator, order operator.ExtendOrder, asJSON bool) error {
	stored, err := o.Extend(ctx, order)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(e.Out).Encode(stored)
	}

	due := stored.DueAt.UTC().Format(time.RFC3339)
	return e.Say("Request %s is due by %s, extended from %s.\nTell the person so, with the reasons, before %s.\n",
		stored.RequestID, stored.Until.Format(time.RFC3339), due, due)
}
