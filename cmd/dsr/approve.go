package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

// approveOptions are what the command line of `dsr approve` says.
type approveOptions struct {
	id   string
	by   string
	plan string
	yes  bool
	json bool
}

func newApproveCmd(a *cli) *cobra.Command {
	var o approveOptions
	cmd := &cobra.Command{
		Use:   "approve ID --by NAME",
		Short: "Show what a request will delete, and approve it",
		Long: `Shows the deletion plan of a request, in the order in which things are deleted, and
then sends your approval of exactly that plan. Asks first on a terminal;
elsewhere it needs --yes and --plan with the plan's SHA-256, so that nothing is
approved unseen. Without --by it only shows the plan.

A line per stage says how much of it is the subject's (matching) and how much is of
others. Of a request for what is only the subject's own (what=subject) it also counts
the documents that mention the subject or may be the subject's, and names the first;
--json names all of them. They stay, and a person decides on them.

Whoever submitted the request can't approve it. Both names are statements of
their senders: what proves them is who may send to dsr-requests and to
dsr-approvals, each of which has rights of its own.`,
		Example: "  dsr approve 3f0c6f0e-77aa\n  dsr approve 3f0c6f0e-77aa --by officer@example.org\n  dsr approve 3f0c6f0e-77aa --by officer@example.org --plan SHA256 --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.id = args[0]
			if o.by != "" && !a.CanAsk && (!o.yes || o.plan == "") {
				return usage(errors.New("there is no terminal to ask on; give --yes and --plan with the SHA-256 of the plan that you have seen"))
			}
			c, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Close()) }()
			return runApprove(cmd.Context(), a, c, c.Bus, o)
		},
	}
	cmd.Flags().StringVar(&o.by, "by", "", "who approves: another person than the one who submitted")
	cmd.Flags().StringVar(&o.plan, "plan", "", "the SHA-256 of the plan that is approved")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "don't ask")
	cmd.Flags().BoolVar(&o.json, "json", false, "print the plan as JSON instead of lines")
	return cmd
}

func runApprove(ctx context.Context, a *cli, c *config.Connections, queue sender, o approveOptions) error {
	attempt, err := latestAttempt(ctx, c, o.id)
	if err != nil {
		return err
	}
	plan, sum, found, err := c.Ledger.DeletionPlan(ctx, attempt)
	if err != nil {
		return err
	}
	if !found {
		return failed(fmt.Errorf("request %s has no deletion plan: it doesn't delete, or what there is to delete is still being read", o.id))
	}
	request, _, err := c.Ledger.Request(ctx, o.id)
	if err != nil {
		return err
	}
	if err := showPlan(ctx, a, c.Ledger, request.What, plan, sum, o.json); err != nil {
		return err
	}
	if o.by == "" {
		return nil
	}
	if err := mayApprove(ctx, c, attempt, a.now(), request, plan, sum, o); err != nil {
		return err
	}
	if !o.yes && !a.confirm(ctx, "Approve that all of this is deleted? It can't be taken back.") {
		return failed(errors.New("nothing was approved"))
	}
	if err := sendApproval(ctx, queue, sum, o); err != nil {
		return err
	}
	if o.json {
		return nil
	}
	return a.say("Approved. `dsr status %s --watch` follows the deletion.\n", o.id)
}

// sendApproval sends the word that a plan may be carried out.
func sendApproval(ctx context.Context, queue sender, sum string, o approveOptions) error {
	body, err := json.Marshal(map[string]string{"requestId": o.id, "planSha256": sum, "approvedBy": o.by})
	if err != nil {
		return fmt.Errorf("making the approval: %w", err)
	}
	message := dsr.Message{ID: "approve." + o.id + "." + sum[:16], Body: body, Properties: map[string]any{dsr.PropRequestID: o.id}}
	return queue.Send(ctx, dsr.QueueApprovals, message)
}

func mayApprove(ctx context.Context, c *config.Connections, attempt dsr.Attempt, now time.Time, request dsr.RequestRecord, plan dsr.DeletionPlan, sum string, o approveOptions) error {
	_, approved, err := c.Ledger.Approval(ctx, attempt)
	if err != nil {
		return err
	}
	closed, err := c.Ledger.Closed(ctx, attempt)
	if err != nil {
		return err
	}
	due, err := c.Ledger.Deadline(ctx, attempt)
	if err != nil {
		return err
	}
	switch {
	case o.plan != "" && !strings.EqualFold(o.plan, sum):
		return failed(fmt.Errorf("--plan is not the SHA-256 of the plan above, which is %s", sum))
	case strings.EqualFold(strings.TrimSpace(o.by), strings.TrimSpace(request.SubmittedBy)):
		return usage(fmt.Errorf("--by %s submitted the request; another person must approve it", o.by))
	case plan.DryRun:
		return failed(fmt.Errorf("request %s is a dry run: there is nothing to approve", o.id))
	case approved:
		return failed(fmt.Errorf("request %s is approved already", o.id))
	case closed:
		return failed(fmt.Errorf("request %s is closed", o.id))
	case !due.IsZero() && !now.Before(due):
		return failed(fmt.Errorf("request %s was due on %s; send it under a new id", o.id, due.UTC().Format(time.DateOnly)))
	}
	return nil
}

// mentionsShown is how many mentions a plan is shown with.
const mentionsShown = 5

// planReader reads the things of a deletion plan.
type planReader interface {
	PlannedThings(ctx context.Context, a dsr.Attempt, stage dsr.Deletions) iter.Seq2[dsr.Planned, error]
}

// showPlan prints a deletion plan in its order. As JSON it is what is stored: of a
// long stage the names of its parts.
func showPlan(ctx context.Context, a *cli, l planReader, what string, plan dsr.DeletionPlan, sum string, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(a.Out).Encode(struct {
			PlanSHA256 string           `json:"planSha256"`
			Plan       dsr.DeletionPlan `json:"plan"`
			What       string           `json:"what"`
		}{sum, plan, cmp.Or(what, dsr.WhatAll)})
	}
	printFields(a.Out, "plan", sum, plan.CreatedAt.UTC().Format("2006-01-02T15:04:05Z"), "objectId="+orDash(plan.ObjectID))
	if what == dsr.WhatSubject {
		printFields(a.Out, "what="+what, onlyOwn)
	}
	printStages(a.Out, plan)
	attempt := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}
	for _, s := range plan.Stages {
		for item, err := range l.PlannedThings(ctx, attempt, s) {
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintln(a.Out, "DELETE", item.URL)
		}
	}
	for _, h := range plan.Held {
		printFields(a.Out, "held", h.Endpoint, h.Target, orDash(h.Item), "hold="+h.Hold, oneLine(h.Reason))
	}
	if plan.HeldOmitted > 0 {
		printFields(a.Out, "held", fmt.Sprintf("notShown=%d", plan.HeldOmitted))
	}
	printMentions(a.Out, plan.Mentions, plan.MentionsOmitted, mentionsShown)
	return nil
}

// printStages prints a line for each node of a deletion plan, in order. Of a
// container, and of things that may be somebody's own, it says how many are the
// subject's.
func printStages(w io.Writer, plan dsr.DeletionPlan) {
	for _, s := range plan.Stages {
		fields := []string{s.Endpoint, s.Type, fmt.Sprintf("things=%d", s.Things()), s.Target}
		if s.Container || s.Matching+s.Others > 0 {
			fields = append(fields, fmt.Sprintf("matching=%d", s.Matching), fmt.Sprintf("others=%d", s.Others))
		}
		printFields(w, fields...)
	}
}
