package fanout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"azureml-dsr/internal/dsr"
)

const (
	// bulkPause is between the requests of two scopes, so that a schedule does
	// not throttle itself.
	bulkPause = time.Minute
	// bulkSpan is within which all of them begin: many scopes come closer.
	bulkSpan = 6 * time.Hour
	// timerEarly is how early a timer may fire by another clock than ours.
	timerEarly = time.Minute
)

// bulkSource is what the requests say of where they come from.
const bulkSource = "bulk_export"

// Bulk asks for an export of everybody's data of each scope, on a schedule.
type Bulk struct {
	Scopes []dsr.Scope
	Queue  Queue
	Now    func() time.Time
	Logger *slog.Logger
}

// Run sends one request for each scope. next is the time that the schedule had
// named for this run, zero where the host keeps none, and late tells that it is
// long past. A request's id follows from its scope and that time, so a timer
// that fires late, twice or on two instances makes one request of them. A scope
// that can't be sent doesn't keep the others.
func (b *Bulk) Run(ctx context.Context, next time.Time, late bool) error {
	if len(b.Scopes) == 0 {
		return errors.New("BULK_EXPORT_SCOPES names no scope; set it, or switch the function off by AzureWebJobs.bulk_export.Disabled=true")
	}

	now := b.Now()
	at := scheduledTime(next, now)
	pause := min(bulkPause, bulkSpan/time.Duration(len(b.Scopes)))
	var errs []error
	for i, s := range b.Scopes {
		m, err := bulkMessage(s, at, now.Add(time.Duration(i)*pause))
		if err == nil {
			err = b.Queue.Send(ctx, dsr.QueueRequests, m)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("asking for the export of scope %d: %w", i, err))
			b.Logger.ErrorContext(ctx, "could not ask for the export of a scope", "scope", i, "scheduledTime", at, "error", err.Error())
			continue
		}

		b.Logger.InfoContext(ctx, "asked for the export of a scope", "requestId", m.Properties[dsr.PropRequestID], "scope", i, "scheduledTime", at)
	}

	b.Logger.InfoContext(ctx, "bulk export", "scopes", len(b.Scopes), "failed", len(errs), "scheduledTime", at, "late", late)

	return errors.Join(errs...)
}

// scheduledTime is the time that a run is for. A run that somebody starts by
// hand finds the schedule's next time in the future, and is for this minute.
func scheduledTime(next, now time.Time) time.Time {
	if next.IsZero() || next.After(now.Add(timerEarly)) {
		next = now.Truncate(time.Minute)
	}
	return next.UTC().Truncate(time.Second)
}

// bulkMessage makes the request for a scope, to be received at notBefore.
func bulkMessage(s dsr.Scope, at, notBefore time.Time) (dsr.Message, error) {
	id, err := bulkID(s, at)
	if err != nil {
		return dsr.Message{}, err
	}
	body, err := json.Marshal(dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            id,
		Kind:          dsr.KindExport,
		Scope:         []dsr.Scope{s},
		SubmittedAt:   at,
		Source:        bulkSource,
	})
	if err != nil {
		return dsr.Message{}, fmt.Errorf("encoding a request: %w", err)
	}
	return dsr.RequestMessage(body, dsr.Attempt{RequestID: id, Number: 1}, 0, at, notBefore), nil
}

// bulkID names the request of a scope at a scheduled time.
func bulkID(s dsr.Scope, at time.Time) (string, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encoding a scope: %w", err)
	}
	return dsr.BulkID(string(body), at), nil
}
