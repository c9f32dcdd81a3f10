package operator

import (
	"context"
	"fmt"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

// Request returns the record of a request, or false where the worker has not recorded it.
func (o *Operator) Request(ctx context.Context, id string) (dsr.RequestRecord, bool, error) {
	if !dsr.ValidID(id) {
		return dsr.RequestRecord{}, false, invalid("id", "%q is not the id of a request", id)
	}
	return o.ledger.Request(ctx, id)
}

// Received returns the status of the request as long as nothing is recorded of it.
func (s Submission) Received(now time.Time) Status {
	var paused *dsr.Pause
	if s.request.DueDefaulted {
		paused = s.request.Pause()
	}
	return Status{
		ID:       s.ID,
		Kind:     s.request.Kind,
		Attempt:  1,
		State:    StateReceived,
		Due:      Moment{s.request.DueAt},
		DaysLeft: daysUntil(s.request.DueAt, now),
		Types:    []TypeStatus{},

		Verification: s.request.Verification,
		Paused:       paused,
		Whose:        s.Whose(),
	}
}

// LatestExtension returns the latest date until which a request's deadline can be extended,
// as Extend takes it.
func (o *Operator) LatestExtension(ctx context.Context, id string) (string, error) {
	request, found, err := o.Request(ctx, id)
	if err != nil {
		return "", err
	}
	if !found {
		return "", notFound("no request %s is recorded", id)
	}
	return inUTC(request.MaxExtension()), nil
}

// Manifest is a manifest as it is stored.
type Manifest struct {
	dsr.Manifest
	SHA256 string
	Body   []byte
}

// maxManifest bounds a manifest in bytes.
const maxManifest = 16 << 20

// Manifest returns the manifest of a request's last attempt. The error is Refused for an open
// request.
func (o *Operator) Manifest(ctx context.Context, id string) (Manifest, error) {
	a, m, sum, err := o.closedOrSent(ctx, id)
	if err != nil {
		return Manifest{}, err
	}
	body, _, err := o.audit.Read(ctx, a.Manifest(), maxManifest)
	if err != nil {
		return Manifest{}, fmt.Errorf("reading the manifest: %w", err)
	}
	return Manifest{Manifest: m, SHA256: sum, Body: body}, nil
}

// Results are what a closed request has gathered, and for how long it is kept.
type Results struct {
	ID        string     `json:"id"`
	Attempt   int        `json:"attempt"`
	Status    dsr.Status `json:"status"`
	Totals    dsr.Totals `json:"totals"`
	Documents int64      `json:"documents"` // each counted once
	ClosedAt  time.Time  `json:"closedAt"`
	// Removed is set when the documents were removed after their retention.
	Removed *dsr.Retention `json:"removed"`
	// HasCopy reports whether the person's own copy is there.
	HasCopy bool `json:"hasCopy"`
}

// Results returns what a closed request has gathered. The error is Refused for an open one.
func (o *Operator) Results(ctx context.Context, id string) (Results, error) {
	a, m, _, err := o.closedOrSent(ctx, id)
	if err != nil {
		return Results{}, err
	}

	out := Results{
		ID:       id,
		Attempt:  a.Number,
		Status:   m.Status,
		Totals:   m.Totals,
		ClosedAt: m.ClosedAt,
	}
	for _, row := range azureml.Catalogue() {
		if row.Same == "" {
			out.Documents += m.Totals[row.ID].Documents
		}
	}

	removal, removed, err := verify.RemovalOf(ctx, o.evidence(), a)
	if err != nil {
		return Results{}, err
	}
	if removed {
		out.Removed = &removal
	}

	c, err := o.Copy(ctx, id)
	out.HasCopy = c.State == CopyReady

	return out, err
}
