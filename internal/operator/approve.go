package operator

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// PlannedDeletion is what a request will delete once it is approved.
type PlannedDeletion struct {
	PlanSHA256 string           `json:"planSha256"`
	Plan       dsr.DeletionPlan `json:"plan"` // a long stage has references to parts
	Kind       string           `json:"kind"`
	// SubmittedBy is what the sender stated.
	SubmittedBy string `json:"submittedBy"`
	DueAt       Moment `json:"dueAt"`
	DaysLeft    int    `json:"daysLeft"`
	// Deletes counts what is deleted as holds are now. The first dsr.MaxHeld things that
	// they keep are named.
	Deletes     int        `json:"deletes"`
	Held        []dsr.Held `json:"held"`
	HeldOmitted int        `json:"heldOmitted"`
	What        string     `json:"what"` // dsr.WhatAll or dsr.WhatSubject

	kept *dsr.Kept
}

// ApprovalOrder approves a deletion plan.
type ApprovalOrder struct {
	ID         string
	By         string // another person than the one who submitted
	PlanSHA256 string // of the plan that the approver has seen
}

// PlannedDeletion returns the deletion plan of a request's last attempt, and what holds
// keep of it now. The error is Refused where there is none.
func (o *Operator) PlannedDeletion(ctx context.Context, id string) (PlannedDeletion, error) {
	attempt, err := o.latestAttempt(ctx, id)
	if err != nil {
		return PlannedDeletion{}, err
	}
	plan, sum, found, err := o.ledger.DeletionPlan(ctx, attempt)
	if err != nil {
		return PlannedDeletion{}, err
	}
	if !found {
		return PlannedDeletion{}, refused("request %s has no deletion plan: it doesn't delete, or what there is to delete is still being read", id)
	}

	request, _, err := o.ledger.Request(ctx, id)
	if err != nil {
		return PlannedDeletion{}, err
	}

	due, err := o.dueOf(ctx, attempt)
	if err != nil {
		return PlannedDeletion{}, err
	}

	p := PlannedDeletion{
		PlanSHA256:  sum,
		Plan:        plan,
		Kind:        request.Kind,
		SubmittedBy: request.SubmittedBy,
		DueAt:       Moment{due},
		DaysLeft:    daysUntil(due, o.now()),
		What:        cmp.Or(request.What, dsr.WhatAll),
	}

	return p, o.addKept(ctx, &p, request)
}

// CheckApproval returns why a plan can't be approved, nil when it can. The reasons are an
// approver who is missing or submitted the request, another plan than the one that was
// seen, and a request that awaits no approval.
func (o *Operator) CheckApproval(ctx context.Context, order ApprovalOrder) error {
	if strings.TrimSpace(order.By) == "" {
		return invalid("by", "by is missing: an approval names who approves")
	}
	attempt, err := o.latestAttempt(ctx, order.ID)
	if err != nil {
		return err
	}
	planned, err := o.PlannedDeletion(ctx, order.ID)
	if err != nil {
		return err
	}

	request, _, err := o.ledger.Request(ctx, order.ID)
	if err != nil {
		return err
	}

	switch {
	case !strings.EqualFold(order.PlanSHA256, planned.PlanSHA256):
		return refused("the plan that was seen is not that of request %s, whose SHA-256 is %s", order.ID, planned.PlanSHA256)
	case dsr.SamePerson(order.By, request.SubmittedBy):
		return invalid("by", "by %s submitted the request; another person must approve it", order.By)
	case planned.Plan.DryRun:
		return refused("request %s is a dry run: there is nothing to approve", order.ID)
	}

	return o.awaitsApproval(ctx, attempt)
}

// awaitsApproval returns why an attempt no longer waits for an approval, nil when it does.
func (o *Operator) awaitsApproval(ctx context.Context, attempt dsr.Attempt) error {
	_, approved, err := o.ledger.Approval(ctx, attempt)
	if err != nil {
		return err
	}
	closed, err := o.ledger.Closed(ctx, attempt)
	if err != nil {
		return err
	}
	due, err := o.ledger.Deadline(ctx, attempt)
	if err != nil {
		return err
	}

	switch {
	case approved:
		return refused("request %s is approved already", attempt.RequestID)
	case closed:
		return refused("request %s is closed", attempt.RequestID)
	case !due.IsZero() && !o.now().Before(due):
		return refused("request %s was due on %s; send it under a new id", attempt.RequestID, due.UTC().Format(time.DateOnly))
	}

	return nil
}

// Approve checks an approval and sends it to the worker. It approves exactly one plan.
func (o *Operator) Approve(ctx context.Context, order ApprovalOrder) error {
	if err := o.CheckApproval(ctx, order); err != nil {
		return err
	}

	sum := strings.ToLower(order.PlanSHA256)
	body, err := json.Marshal(map[string]string{
		"requestId":  order.ID,
		"planSha256": sum,
		"approvedBy": order.By,
	})
	if err != nil {
		return fmt.Errorf("making the approval: %w", err)
	}

	return o.queues.Send(ctx, dsr.QueueApprovals, dsr.Message{
		ID:         "approve." + order.ID + "." + sum[:16],
		Body:       body,
		Properties: map[string]any{dsr.PropRequestID: order.ID},
	})
}
