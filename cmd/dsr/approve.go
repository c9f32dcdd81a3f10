package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

// approveOptions are the arguments and flags of `dsr approve`.
type approveOptions struct {
	id   string
	by   string
	plan string
	yes  bool
	json bool
}

func newApproveCmd(e *cli.Env) *cobra.Command {
	var opts approveOptions
	cmd := &cobra.Command{
		Use:   "approve ID --by NAME",
		Short: "Show what a request will delete, and approve it",
		Long: `Shows what a request deletes, in order, and what holds keep of it now; who asked
for it, and by when, come last. Then sends your approval of exactly that plan. Asks
first on a terminal; elsewhere it needs --yes and --plan with the plan's SHA-256, so
that nothing is approved unseen. Without --by it only shows the plan.

A line per stage says how much of it is the subject's (matching) and how much is of
others. Of a request for what is only the subject's own (what=subject) it also counts
the documents that mention the subject or may be the subject's, and names the first;
--json names all of them. They stay, and a person decides on them.

Whoever submitted the request can't approve it. Both names are statements of
their senders: what proves them is who may send to dsr-requests and to
dsr-approvals, each of which has rights of its own.`,
		Example:           "  dsr approve 3f0c6f0e-77aa\n  dsr approve 3f0c6f0e-77aa --by officer@example.org\n  dsr approve 3f0c6f0e-77aa --by officer@example.org --plan SHA256 --yes",
		Args:              cli.Args("ID"),
		ValidArgsFunction: completing(e, openIDs, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.id = args[0]
			if cmd.Flags().Changed("by") && strings.TrimSpace(opts.by) == "" {
				return cli.Usage(errors.New("--by is empty: an approval names who approves; leave it out to see the plan alone"))
			}
			confirmed := opts.yes && opts.plan != ""
			if opts.by != "" && !e.CanAsk && !confirmed {
				return cli.Usage(errors.New("there is no terminal to ask on; give --yes and --plan with the SHA-256 of the plan that you have seen"))
			}
			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
				return runApprove(cmd.Context(), e, o, opts)
			})
		},
	}

	cmd.Flags().StringVar(&opts.by, "by", "", "who approves: another person than the one who submitted")
	cmd.Flags().StringVar(&opts.plan, "plan", "", "the SHA-256 of the plan that is approved")
	cmd.Flags().BoolVar(&opts.yes, "yes", false, "don't ask")
	cmd.Flags().BoolVar(&opts.json, "json", false, "print the plan as JSON instead of lines")

	return cmd
}

func runApprove(ctx context.Context, e *cli.Env, o *operator.Operator, opts approveOptions) error {
	planned, err := o.PlannedDeletion(ctx, opts.id)
	if err != nil {
		return err
	}

	if opts.json {
		err = json.NewEncoder(e.Out).Encode(planned)
	} else {
		err = printPlan(ctx, e.Streams, o, planned)
	}
	if err != nil || opts.by == "" {
		return err
	}

	if opts.plan != "" && !strings.EqualFold(opts.plan, planned.PlanSHA256) {
		return cli.Failed(fmt.Errorf("--plan is not the SHA-256 of the plan above, which is %s", planned.PlanSHA256))
	}
	order := operator.ApprovalOrder{ID: opts.id, By: opts.by, PlanSHA256: planned.PlanSHA256}
	if err := approve(ctx, e, o, order, opts.yes); err != nil || opts.json {
		return err
	}

	return e.Say("Approved. `dsr status %s --watch` follows the deletion.\n", opts.id)
}

// approve sends an approval. It asks first, unless yes is set.
func approve(ctx context.Context, e *cli.Env, o *operator.Operator, order operator.ApprovalOrder, yes bool) error {
	if err := o.CheckApproval(ctx, order); err != nil {
		return err
	}
	if !yes && !e.Confirm(ctx, "Approve that all of this is deleted? It can't be taken back.") {
		return cli.Failed(errors.New("nothing was approved"))
	}
	return o.Approve(ctx, order)
}
