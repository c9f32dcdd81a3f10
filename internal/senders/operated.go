package senders

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/operator"
)

// Operated are the requests that an operator works on.
type Operated struct {
	Operator *operator.Operator
	// Validator returns what checks requests. It is called when the first one comes.
	Validator func() (*fanout.Validator, error)
	// Check refuses a request that the worker would refuse, so that its sender is told at
	// once. Default: nothing is refused before it is sent.
	Check func(fanout.Parsed) error
	// Unconfirmed returns the containers that a request names and has to confirm. Where a
	// sender confirms nothing, names its scope and asks for what belongs to the person
	// alone, they are confirmed for it: the operator has named them, and another person
	// approves each deletion. Default: nothing is confirmed for a sender.
	Unconfirmed func(fanout.Parsed) []string
	Now         func() time.Time
}

var _ Requests = Operated{}

// Submit implements Requests.
func (o Operated) Submit(ctx context.Context, request []byte) (Accepted, error) {
	validator, err := o.Validator()
	if err != nil {
		return Accepted{}, err
	}
	submission, err := operator.NewSubmission(validator, request, o.Now())
	if err != nil {
		return Accepted{}, err
	}
	if confirmed, err := o.confirm(submission.Request(), request); err != nil {
		return Accepted{}, err
	} else if confirmed != nil {
		if submission, err = operator.NewSubmission(validator, confirmed, o.Now()); err != nil {
			return Accepted{}, err
		}
	}

	_, err = o.Operator.SubmitOnce(ctx, submission, o.Check)
	return Accepted{ID: submission.ID, DueAt: submission.DueAt()}, err
}

// confirm returns a request that confirms the containers that it names, nil where it need
// not or may not.
func (o Operated) confirm(p fanout.Parsed, request []byte) ([]byte, error) {
	ownPlaces := slices.ContainsFunc(p.Sent, func(e dsr.ScopeEntry) bool { return e.Name == "" })
	if o.Unconfirmed == nil || ownPlaces || p.What != dsr.WhatSubject || len(p.Confirm) > 0 {
		return nil, nil
	}
	ids := o.Unconfirmed(p)
	if len(ids) == 0 {
		return nil, nil
	}

	var members map[string]json.RawMessage
	if err := json.Unmarshal(request, &members); err != nil {
		return nil, err
	}
	text, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	members["confirm"] = text

	return json.Marshal(members)
}

// Status implements Requests.
func (o Operated) Status(ctx context.Context, id string) (State, error) {
	s, err := o.Operator.Status(ctx, id)
	if err != nil || !s.Closed() {
		return State{Status: s}, err
	}
	documents, err := o.Operator.Documents(ctx, id)
	if err != nil {
		return State{}, err
	}
	request, _, err := o.Operator.Request(ctx, id)
	return State{Status: s, Documents: documents, DryRun: request.DryRun}, err
}

// Cancel implements Requests.
func (o Operated) Cancel(ctx context.Context, id, reason, by string) error {
	_, err := o.Operator.Cancel(ctx, operator.CancelOrder{ID: id, Reason: reason, By: by})
	return err
}
