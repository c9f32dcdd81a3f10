package dsr

import (
	"encoding/json"
	"errors"
)

// FailureAttrs returns what the one line that a failure logs says of its task, as
// slog's attributes: ids, the class and what the upstream answered. A task that
// could not be read has no ids. deliveries counts from 1. Nothing is personal.
func FailureAttrs(t Task, deliveries int, err error) []any {
	id := ""
	if t.RequestID != "" {
		id = t.ID()
	}
	return append([]any{
		"requestId", t.RequestID, "attempt", t.Attempt, "taskId", id, "hop", t.Hop,
		"resourceType", t.Type, "deliveryCount", deliveries,
	}, errorAttrs(err)...)
}

// RequestFailureAttrs is FailureAttrs for what is no task's.
func RequestFailureAttrs(requestID string, deliveries int, err error) []any {
	return append([]any{"requestId", requestID, "deliveryCount", deliveries}, errorAttrs(err)...)
}

func errorAttrs(err error) []any {
	upstream := ""
	if e, ok := errors.AsType[*Error](err); ok {
		upstream = e.UpstreamRequestID
	}
	attrs := []any{
		"class", ClassOf(err).String(), "reason", ReasonOf(err), "status", StatusOf(err),
		"upstreamRequestId", upstream, "error", err.Error(),
	}
	if p, ok := errors.AsType[*panicked](err); ok {
		attrs = append(attrs, "panic", p.what, "stack", p.stack)
	}
	return attrs
}

// RequestIDIn finds the id of the request that a message's body is, or is about:
// of a request, alone or in a CloudEvent, of a task and of a wake-up. "" when there
// is none.
func RequestIDIn(body []byte) string {
	var m struct {
		ID        string `json:"id"`
		RequestID string `json:"requestId"`
		Data      struct {
			ID string `json:"id"`
		} `json:"data"` // of a CloudEvent
	}

	_ = json.Unmarshal(body, &m) // what is no JSON has none
	for _, id := range []string{m.RequestID, m.Data.ID, m.ID} {
		if ValidID(id) {
			return id
		}
	}

	return ""
}
