package operator

import (
	"cmp"
	"context"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// Certificate states what a closed request has deleted, and what proves it.
type Certificate struct {
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
	Rows            []CertifiedRow  `json:"rows"`
	Earlier         []EarlierResult `json:"earlier"`
	NotDeleted      []Explained     `json:"notDeleted"`
	Mentions        []dsr.Mention   `json:"mentions"`
	MentionsOmitted int             `json:"mentionsOmitted"`
	RemainingCopies []RemainingCopy `json:"remainingCopies"`
}

// RemainingCopy is an export that still has its documents.
type RemainingCopy struct {
	ID      string    `json:"id"`
	Attempt int       `json:"attempt"`
	Until   time.Time `json:"until"`
}

// Complete reports whether everything that was planned is deleted. Things that were not
// planned, such as mentions, do not count.
func (c Certificate) Complete() bool {
	partial := func(r CertifiedRow) bool { return !r.whole() }
	return len(c.NotDeleted) == 0 && !slices.ContainsFunc(c.Rows, partial)
}

// Certificate certifies the last attempt of a closed request that deletes. The error is
// Refused for an open request and for one that only exports.
func (o *Operator) Certificate(ctx context.Context, id string) (Certificate, error) {
	attempt, m, sum, err := o.closedAttempt(ctx, id)
	if err != nil {
		return Certificate{}, err
	}
	if m.Kind == dsr.KindExport {
		return Certificate{}, refused("request %s only exports: there is nothing to certify", id)
	}

	c := Certificate{
		ID:             m.RequestID,
		Attempt:        m.Attempt,
		Status:         m.Status,
		ManifestSHA256: sum,
		ClosedAt:       m.ClosedAt,
		NotDeleted:     append([]Explained{}, Explain(m.Failures)...),
	}

	if m.DeletionPlan != nil {
		c.PlanSHA256 = m.DeletionPlan.SHA256
	}

	if err := o.certifyOrder(ctx, &c, attempt); err != nil {
		return Certificate{}, err
	}
	if err := o.certifyDeletions(ctx, &c, attempt, m); err != nil {
		return Certificate{}, err
	}

	c.RemainingCopies, err = o.remainingCopies(ctx, c.ID)
	return c, err
}

// certifyOrder adds who submitted the request, and who approved its plan.
func (o *Operator) certifyOrder(ctx context.Context, c *Certificate, attempt dsr.Attempt) error {
	request, _, err := o.ledger.Request(ctx, c.ID)
	if err != nil {
		return err
	}

	c.SubmittedBy, c.What = request.SubmittedBy, cmp.Or(request.What, dsr.WhatAll)

	if request.Subject != nil {
		c.ObjectID = request.Subject.ObjectID
	}

	approval, _, err := o.ledger.Approval(ctx, attempt)
	if err != nil {
		return err
	}

	c.ApprovedBy, c.ApprovedAt = approval.ApprovedBy, approval.ApprovedAt

	return nil
}

// certifyDeletions adds what became of the planned things, in this attempt and in earlier
// ones.
func (o *Operator) certifyDeletions(ctx context.Context, c *Certificate, attempt dsr.Attempt, m dsr.Manifest) error {
	plan, _, _, err := o.ledger.DeletionPlan(ctx, attempt)
	if err != nil {
		return err
	}

	c.Mentions, c.MentionsOmitted = append([]dsr.Mention{}, plan.Mentions...), plan.MentionsOmitted
	if c.Rows, err = o.certifiedRows(ctx, attempt, m, plan); err != nil {
		return err
	}
	c.Earlier, err = o.earlierResults(ctx, attempt)

	return err
}

// remainingCopies finds the exports of the same scope that still have their documents.
func (o *Operator) remainingCopies(ctx context.Context, id string) ([]RemainingCopy, error) {
	out := []RemainingCopy{}
	for e, err := range o.ledger.Copies(ctx, id, "") {
		if err != nil {
			return nil, err
		}
		out = append(out, RemainingCopy{ID: e.RequestID, Attempt: e.Number, Until: e.Day})
	}
	return out, nil
}
