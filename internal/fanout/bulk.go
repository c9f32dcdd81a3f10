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
	// bulkPause is the pause between the requests of two scopes. It keeps a schedule from
	// throttling itself.
	bulkPause = time.Minute
	// bulkSpan is the time within which all requests begin. Many scopes get shorter
	// pauses.
	bulkSpan = 6 * time.Hour
	// timerEarly is how early a timer may fire, because the host's clock may differ.
	timerEarly = time.Minute
)

// bulkSource is the requests' member source.
const bulkSource = "bulk_export"

// Bulk requests an export of everybody's data in each scope, on a schedule.
type Bulk struct {
	Scopes []dsr.ScopeEntry
	Queue  Queue
	Now    func() time.Time
	Logger *slog.Logger
}

// Run sends one request for each scope. next is the time that the schedule named for this
// run, zero where the host keeps none, and late reports that it is long past. A request's
// id follows from its scope or the scope's name, and that time, so a timer that fires late, twice or on two
// instances makes one request. A scope that cannot be sent does not stop the others.
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

// scheduledTime returns the time that a run is for. For a run that somebody starts by hand
// the schedule's next time is in the future, so the run is for the current minute.
func scheduledTime(next, now time.Time) time.Time {
	if next.IsZero() || next.After(now.Add(timerEarly)) {
		next = now.Truncate(time.Minute)
	}
	return next.UTC().Truncate(time.Second)
}

// bulkMessage returns the request for a scope, scheduled for notBefore.
func bulkMessage(s dsr.ScopeEntry, at, notBefore time.Time) (dsr.Message, error) {
	id, err := bulkID(s, at)
	if err != nil {
		return dsr.Message{}, err
	}

	request := dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            id,
		Kind:          dsr.KindExport,
		SubmittedAt:   at,
		Source:        bulkSource,
	}
	body, err := json.Marshal(sentRequest{Request: request, Scope: []dsr.ScopeEntry{s}})
	if err != nil {
		return dsr.Message{}, fmt.Errorf("encoding a request: %w", err)
	}

	return dsr.RequestMessage(body, dsr.Attempt{RequestID: id, Number: 1}, 0, at, notBefore), nil
}

// bulkID returns the id of the request for a scope at a scheduled time.
func bulkID(s dsr.ScopeEntry, at time.Time) (string, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encoding a scope: %w", err)
	}
	return dsr.BulkID(string(body), at), nil
}
