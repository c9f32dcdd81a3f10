package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newCancelCmd(e *cli.Env) *cobra.Command {
	var order operator.CancelOrder
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "cancel ID",
		Short: "Stop a request; its manifest will say that it was canceled",
		Long: `Records that the last attempt of a request is canceled and asks the closer to
look at it. Tasks that have not begun end as canceled, and the manifest says so.
What was exported by then is kept and is in the manifest. A request that still
waits in its queue is canceled when the worker takes it.

--reason is kept with the evidence, which may be immutable: put no names in it.
To cancel what is canceled already changes nothing; what is closed can't be
canceled any more.`,
		Example:           "  dsr cancel 3f0c6f0e-77aa --reason \"withdrawn on 24 November\"\n  dsr status 3f0c6f0e-77aa --watch",
		Args:              cli.Args("ID"),
		ValidArgsFunction: completing(e, openIDs, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			order.ID = args[0]
			if cmd.Flags().Changed("reason") && order.Reason == "" {
				order.Reason = " " // given, and empty: Check refuses it
			}
			if err := order.Check(); err != nil {
				return err
			}
			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
				return runCancel(cmd.Context(), e, o, order, asJSON)
			})
		},
	}

	cmd.Flags().StringVar(&order.Reason, "reason", "", "why, for the record")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object instead of text")

	return cmd
}

func runCancel(ctx context.Context, e *cli.Env, o *operator.Operator, order operator.CancelOrder, asJSON bool) error {
	canceled, err := o.Cancel(ctx, order)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(e.Out).Encode(canceled)
	}

	word := "canceled"
	if canceled.Refused {
		word = "refused"
	}
	if canceled.Closed {
		return e.Say("Request %s is %s and closed already.\n", canceled.ID, word)
	}
	if canceled.Before {
		word += " already"
	}

	if canceled.Queued {
		return e.Say("Request %s is %s: that is recorded, and the worker finds it when it takes the request from its queue.\n`dsr status %s --watch` waits for that.\n",
			canceled.ID, word, canceled.ID)
	}

	return e.Say("Attempt %d of request %s is %s: that is recorded. Tasks that have not begun will not.\nThe worker closes it once it has looked at what may have been deleted by then.\n`dsr status %s --watch` waits for that.\n",
		canceled.Attempt, canceled.ID, word, canceled.ID)
}
