package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newHoldReleaseCmd(e *cli.Env) *cobra.Command {
	var order operator.ReleaseOrder
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "release HOLD --reason TEXT",
		Short:             "End a hold",
		Long:              "Ends a hold, named by its id. What it kept isn't deleted by that: `dsr retry` of the request does it.",
		Example:           "  dsr hold release 5b2c3f0e-… --reason \"case closed\"",
		Args:              cli.Args("HOLD"),
		ValidArgsFunction: completing(e, holdIDs, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			order.ID = args[0]
			if err := order.Check(); err != nil {
				return err
			}
			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
				return runHoldRelease(cmd.Context(), e, o, order, asJSON)
			})
		},
	}

	cmd.Flags().StringVar(&order.Reason, "reason", "", "why, for the record")
	byFlag(cmd, e, &order.StatedBy)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object instead of text")

	return cmd
}

func runHoldRelease(ctx context.Context, e *cli.Env, o *operator.Operator, order operator.ReleaseOrder, asJSON bool) error {
	released, err := o.ReleaseHold(ctx, order)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(e.Out).Encode(released)
	}

	if len(released.Also) > 0 {
		_, _ = fmt.Fprintf(e.Err, "%s stays on hold by %s.\n", cli.OneLine(released.Hold.On), strings.Join(released.Also, ", "))
	}
	if released.Before {
		return e.Say("Hold %s is released already.\n", released.Hold.ID)
	}
	return e.Say("Hold %s is released.\n", released.Hold.ID)
}
