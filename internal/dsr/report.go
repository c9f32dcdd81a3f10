package dsr

import (
	"encoding/json"
	"errors"
)

// FailureAttrs returns the attributes of the one log line of a task's failure: its ids,
// the class, and what the upstream answered. A task that could not be read has no ids.
// deliveries counts from 1. Nothing in them is personal.
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

// RequestFailureAttrs is FailureAttrs for a failure that is not of a task.
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
		"upstreamRequestId", upstream, "error", WithoutNames(err.Error()),
	}
	if p, ok := errors.AsType[*panicked](err); ok {
		attrs = append(attrs, "panic", WithoutNames(p.what), "stack", p.stack)
	}
	return attrs
}

// RequestIDIn returns the id of the request that a message is about, "" for none. The
// message may be a request, bare or in a CloudEvent, a task or a wake-up.
func RequestIDIn(body []byte) string {
	a, _ := AttemptIn(body)
	return a.RequestID
}

// AttemptIn returns the attempt that a message is about, the first one where it names none.
// found is false where it is about no request.
func AttemptIn(body []byte) (a Attempt, found bool) {
	var m struct {
		ID        string `json:"id"`
		RequestID string `json:"requestId"`
		Attempt   int    `json:"attempt"`
		Data      struct {
			ID string `json:"id"`
		} `json:"data"` // of a CloudEvent
	}

	_ = json.Unmarshal(WithoutByteOrderMark(body), &m) // a body that is no JSON names no request
	for _, id := range []string{m.RequestID, m.Data.ID, m.ID} {
		if ValidID(id) {
			return Attempt{RequestID: id, Number: max(m.Attempt, 1)}, true
		}
	}

	return Attempt{}, false
}
