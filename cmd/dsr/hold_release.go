package main

import (
	"context"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newHoldReleaseCmd(e *cli.Env) *cobra.Command {
	var order operator.ReleaseOrder
	cmd := &cobra.Command{
		Use:     "release HOLD --reason TEXT",
		Short:   "End a hold",
		Long:    "Ends a hold, named by its id. What it kept isn't deleted by that: `dsr retry` of the request does it.",
		Example: "  dsr hold release 5b2c3f0e-… --reason \"case closed\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			order.ID = args[0]
			if err := order.Check(); err != nil {
				return err
			}
			return withOperator(e, func(o *operator.Operator) error {
				return runHoldRelease(cmd.Context(), e, o, order)
			})
		},
	}

	cmd.Flags().StringVar(&order.Reason, "reason", "", "why, for the record")
	return cmd
}

func runHoldRelease(ctx context.Context, e *cli.Env, o *operator.Operator, order operator.ReleaseOrder) error {
	released, err := o.ReleaseHold(ctx, order)
	if err != nil {
		return err
	}
	if released.Before {
		return e.Say("Hold %s is released already.\n", released.Hold.ID)
	}
	return e.Say("Hold %s is released.\n", released.Hold.ID)
}
