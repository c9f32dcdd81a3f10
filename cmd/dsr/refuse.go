package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newRefuseCmd(e *cli.Env) *cobra.Command {
	var order operator.RefusalOrder
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "refuse ID --reason TEXT",
		Short: "Refuse a request; its manifest will say that it was rejected, and why",
		Long: `Records that a request is refused (GDPR article 12(4)) and asks the closer to look at
it. Tasks that have not begun end as canceled, and the manifest says rejected, with
the reason. A request that still waits in its queue is rejected when the worker
takes it. A request that deletes can be refused until its plan is approved; after
that it can only be canceled.

The person must be told within one month of the receipt: why, and that they may
complain to a supervisory authority and go to court. This command tells nobody but
the request's callbacks, and these not the reason.

--reason is kept with the evidence, which may be immutable: put no names in it. A
refusal can't be taken back; the person's request can be sent again under a new id.`,
		Example:           "  dsr refuse 3f0c6f0e-77aa --reason \"identity not proven, letter of 24 November\"\n  dsr status 3f0c6f0e-77aa --watch",
		Args:              cli.Args("ID"),
		ValidArgsFunction: completing(e, openIDs, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			order.ID = args[0]
			if err := order.Check(); err != nil {
				return err
			}
			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
				return runRefuse(cmd.Context(), e, o, order, asJSON)
			})
		},
	}

	cmd.Flags().StringVar(&order.Reason, "reason", "", "why, for the record and for whoever tells the person")
	cmd.Flags().StringVar(&order.By, "by", "", "who refuses, for the record")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object instead of text")

	return cmd
}

func runRefuse(ctx context.Context, e *cli.Env, o *operator.Operator, order operator.RefusalOrder, asJSON bool) error {
	out, err := o.Refuse(ctx, order)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(e.Out).Encode(out)
	}

	switch {
	case out.Closed:
		return e.Say("Request %s is refused and closed already.\n", out.ID)
	case out.Before:
		return e.Say("Request %s is refused already, and the first reason counts.\n`dsr status %s --watch` waits until it is closed.\n", out.ID, out.ID)
	case out.Queued:
		return e.Say("Request %s is refused: that is recorded, and the worker finds it when it takes the request from its queue.\n`dsr status %s --watch` waits for that. Tell the person why.\n",
			out.ID, out.ID)
	default:
		return e.Say("Attempt %d of request %s is refused: that is recorded. Tasks that have not begun will not.\n`dsr status %s --watch` waits until it is closed. Tell the person why.\n",
			out.Attempt, out.ID, out.ID)
	}
}
