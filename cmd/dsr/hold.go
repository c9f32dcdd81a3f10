package main

import (
	"context"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newHoldCmd(e *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hold",
		Short: "Keep things from being deleted, as litigation may demand",
		Long: `A hold keeps what it is on, and every container of it, from being deleted by any
request. It is on an ARM id or a path below one, and then on all that is in it, or
on the id of one document, such as a run's. Holds are looked up when a deletion is
planned and again right before each DELETE.

Records of holds are only ever added, in the container of the evidence: put no
names into a reason.`,
		Example: "  dsr hold add /subscriptions/…/projects/churn --reason \"case 4711\"\n  dsr hold add run-17 --reason \"case 4711\" --until 2027-06-30\n  dsr hold list\n  dsr hold release 5b2c…",
	}

	cmd.AddCommand(newHoldAddCmd(e), newHoldListCmd(e), newHoldReleaseCmd(e))
	return cmd
}

func newHoldAddCmd(e *cli.Env) *cobra.Command {
	var order operator.HoldOrder
	cmd := &cobra.Command{
		Use:     "add SCOPE-OR-ID --reason TEXT",
		Short:   "Put something on hold",
		Long:    "Puts something on hold and prints the id of the hold, by which it is released.",
		Example: "  dsr hold add run-17 --reason \"case 4711\" --until 2027-06-30",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			order.On = args[0]
			if err := order.Check(e.Now()); err != nil {
				return err
			}
			return withOperator(e, func(o *operator.Operator) error {
				return runHoldAdd(cmd.Context(), e, o, order)
			})
		},
	}

	cmd.Flags().StringVar(&order.Reason, "reason", "", "why, for the record")
	cmd.Flags().StringVar(&order.Until, "until", "", "a date after which it ends by itself (default: until it is released)")

	return cmd
}

func runHoldAdd(ctx context.Context, e *cli.Env, o *operator.Operator, order operator.HoldOrder) error {
	hold, err := o.AddHold(ctx, order)
	if err != nil {
		return err
	}
	return e.Say("%s\n", hold.ID)
}
