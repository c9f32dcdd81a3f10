package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

func newCertificateCmd(a *cli) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "certificate ID",
		Short: "State what a request has deleted, and what proves it",
		Long: `States, of a closed request that deletes: whom it is about by object id, who
approved which plan, a line per row with how many of the planned things were
deleted, were gone already, are held, failed or were canceled, each held or failed
thing with its reason, which copies of exports still exist and until when, and the
SHA-256 of the manifest that vouches for it. A thing that is gone and that the
service may still keep counts as softDeleted, never as deleted. What earlier
attempts of the request have deleted follows, each with its own plan and manifest.

Of a request for what is only the subject's own (what=subject) it also lists the
documents that mention the subject, or may be the subject's by a display name: they
were left, and a person decides on them.

Ends with exit code 3 when something that was planned is not deleted.`,
		Example: "  dsr certificate 3f0c6f0e-77aa\n  dsr certificate 3f0c6f0e-77aa --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withConnections(cmd.Context(), a, func(c *config.Connections) error {
				return runCertificate(cmd.Context(), a, c, args[0], asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object instead of lines")
	return cmd
}

// certificate is what `dsr certificate --json` prints.
type certificate struct {
	ID              string          `json:"id"`
	Attempt         int             `json:"attempt"`
	Status          dsr.Status      `json:"status"`
	What            string          `json:"what"` // dsr.WhatAll or dsr.WhatSubject
	ObjectID        string          `json:"objectId"`
	SubmittedBy     string          `json:"submittedBy"`
	ApprovedBy      string          `json:"approvedBy"`
	ApprovedAt      time.Time       `json:"approvedAt,omitzero"`
	PlanSHA256      string          `json:"planSha256"`
	ManifestSHA256  string          `json:"manifestSha256"`
	ClosedAt        time.Time       `json:"closedAt"`
	Rows            []certifiedRow  `json:"rows"`
	Earlier         []earlier       `json:"earlier"`
	NotDeleted      []dsr.Failure   `json:"notDeleted"`
	Mentions        []dsr.Mention   `json:"mentions"`
	MentionsOmitted int             `json:"mentionsOmitted"`
	RemainingCopies []remainingCopy `json:"remainingCopies"`
}

// remainingCopy is an export that still has its documents.
type remainingCopy struct {
	ID      string    `json:"id"`
	Attempt int       `json:"attempt"`
	Until   time.Time `json:"until"`
}

func runCertificate(ctx context.Context, a *cli, c *config.Connections, id string, asJSON bool) error {
	attempt, err := latestAttempt(ctx, c, id)
	if err != nil {
		return err
	}
	m, sum, closed, err := c.Ledger.Manifest(ctx, attempt)
	if err != nil {
		return err
	}
	switch {
	case !closed:
		return failed(fmt.Errorf("request %s is not closed yet; `dsr status %s --watch` waits for that", id, id))
	case m.Kind == dsr.KindExport:
		return failed(fmt.Errorf("request %s only exports: there is nothing to certify", id))
	}
	cert, err := readCertificate(ctx, c, attempt, m, sum)
	if err != nil {
		return err
	}
	if asJSON {
		err = json.NewEncoder(a.Out).Encode(cert)
	} else {
		cert.print(a)
	}
	if err == nil && !cert.complete() {
		err = notGood(nil)
	}
	return err
}

// complete tells whether all that was planned is deleted. What was never planned,
// such as a mention, is not missing.
func (cert certificate) complete() bool {
	return len(cert.NotDeleted) == 0 && !slices.ContainsFunc(cert.Rows, func(r certifiedRow) bool { return !r.whole() })
}

func readCertificate(ctx context.Context, c *config.Connections, attempt dsr.Attempt, m dsr.Manifest, sum string) (certificate, error) {
	cert := certificate{
		ID: m.RequestID, Attempt: m.Attempt, Status: m.Status, ManifestSHA256: sum, ClosedAt: m.ClosedAt,
		NotDeleted: append([]dsr.Failure{}, m.Failures...), RemainingCopies: []remainingCopy{},
	}
	request, _, err := c.Ledger.Request(ctx, m.RequestID)
	if err != nil {
		return cert, err
	}
	cert.SubmittedBy, cert.What = request.SubmittedBy, cmp.Or(request.What, dsr.WhatAll)
	if request.Subject != nil {
		cert.ObjectID = request.Subject.ObjectID
	}
	if m.DeletionPlan != nil {
		cert.PlanSHA256 = m.DeletionPlan.SHA256
	}
	approval, _, err := c.Ledger.Approval(ctx, attempt)
	if err != nil {
		return cert, err
	}
	cert.ApprovedBy, cert.ApprovedAt = approval.ApprovedBy, approval.ApprovedAt
	plan, _, _, err := c.Ledger.DeletionPlan(ctx, attempt)
	if err != nil {
		return cert, err
	}
	cert.Mentions, cert.MentionsOmitted = append([]dsr.Mention{}, plan.Mentions...), plan.MentionsOmitted
	if cert.Rows, err = certifiedRows(ctx, c, attempt, m, plan); err != nil {
		return cert, err
	}
	if cert.Earlier, err = earlierAttempts(ctx, c, attempt); err != nil {
		return cert, err
	}
	cert.RemainingCopies, err = remainingCopies(ctx, c, cert.ID)
	return cert, err
}

// remainingCopies finds the exports of the same places that still have their
// documents.
func remainingCopies(ctx context.Context, c *config.Connections, id string) ([]remainingCopy, error) {
	out := []remainingCopy{}
	for e, err := range c.Ledger.Copies(ctx, id, "") {
		if err != nil {
			return nil, err
		}
		out = append(out, remainingCopy{ID: e.RequestID, Attempt: e.Number, Until: e.Day})
	}
	return out, nil
}

func (cert certificate) print(a *cli) {
	printFields(a.Out, "certificate", cert.ID, fmt.Sprintf("attempt=%d", cert.Attempt), string(cert.Status), "closed="+cert.ClosedAt.UTC().Format(time.RFC3339))
	printFields(a.Out, "objectId="+orDash(cert.ObjectID), "submittedBy="+orDash(cert.SubmittedBy), "approvedBy="+orDash(cert.ApprovedBy))
	if cert.What == dsr.WhatSubject {
		printFields(a.Out, "what="+cert.What, onlyOwn)
	}
	printFields(a.Out, "plan="+orDash(cert.PlanSHA256))
	printFields(a.Out, "manifest="+cert.ManifestSHA256)
	for _, r := range cert.Rows {
		fields := []string{r.Endpoint, r.Type, fmt.Sprintf("deleted=%d", r.Deleted), fmt.Sprintf("held=%d", r.Held)}
		for _, f := range []struct {
			name string
			n    int
		}{{"alreadyGone", r.AlreadyGone}, {"softDeleted", r.SoftDeleted}, {"failed", r.Failed}, {"canceled", r.Canceled}} {
			if f.n > 0 {
				fields = append(fields, fmt.Sprintf("%s=%d", f.name, f.n))
			}
		}
		printFields(a.Out, fields...)
	}
	for _, e := range cert.Earlier {
		e.print(a)
	}
	for _, f := range cert.NotDeleted {
		printFields(a.Out, "notDeleted", f.Endpoint, orDash(f.Target), orDash(f.Item), f.Reason, f.Error)
	}
	printMentions(a.Out, cert.Mentions, cert.MentionsOmitted, len(cert.Mentions))
	for _, r := range cert.RemainingCopies {
		printFields(a.Out, "remainingCopy", r.ID, fmt.Sprintf("attempt=%d", r.Attempt), "until="+r.Until.Format(time.DateOnly))
	}
}
