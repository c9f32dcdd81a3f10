package dsr

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Message is what goes into a queue.
type Message struct {
	ID         string // duplicate detection looks at it
	Body       []byte
	Properties map[string]any
	NotBefore  time.Time // zero or past: at once
}

// Application properties of our messages. They hold ids, nothing personal.
const (
	PropRequestID    = "requestId"
	PropResourceType = "resourceType"
	PropAttempt      = "attempt"
	PropTry          = "try"
	PropSubmittedAt  = "submittedAt"
	propTraceParent  = "traceparent"
	propDiagnosticID = "Diagnostic-Id"
)

// Message makes the message of the task's hop.
func (t Task) Message(notBefore time.Time) (Message, error) {
	body, err := json.Marshal(t)
	if err != nil {
		return Message{}, fmt.Errorf("encoding task %s: %w", t.ID(), err)
	}
	return Message{
		ID: t.MessageID(), Body: body, NotBefore: notBefore,
		Properties: traced(t.Of(), t.ID(), map[string]any{PropRequestID: t.RequestID, PropResourceType: t.Type}),
	}, nil
}

// traced adds a W3C trace context that joins all messages of an attempt, under
// both names that Azure reads.
func traced(a Attempt, span string, props map[string]any) map[string]any {
	trace := sha256.Sum256([]byte(a.Prefix()))
	spanID := sha256.Sum256([]byte(span))
	parent := "00-" + hex.EncodeToString(trace[:16]) + "-" + hex.EncodeToString(spanID[:8]) + "-01"
	props[propTraceParent], props[propDiagnosticID] = parent, parent
	return props
}

// DecodeTask reads a task message; an error says which member is wrong.
func DecodeTask(body []byte) (Task, error) {
	var t Task
	if err := json.Unmarshal(body, &t); err != nil {
		return Task{}, Errorf(NoTask, ReasonUnknownTask, "the message is not a task in JSON")
	}
	if err := t.Validate(); err != nil {
		return Task{}, Errorf(NoTask, ReasonUnknownTask, "%s", err)
	}
	return t, nil
}

// Nudge asks the closer to look at an attempt.
type Nudge struct {
	SchemaVersion string `json:"schemaVersion"`
	RequestID     string `json:"requestId"`
	Attempt       int    `json:"attempt"`
}

// NudgeMessage makes the nudge of a second: those of one second are one message.
func NudgeMessage(a Attempt, at time.Time) (Message, error) {
	body, err := json.Marshal(Nudge{SchemaVersion: SchemaVersion, RequestID: a.RequestID, Attempt: a.Number})
	if err != nil {
		return Message{}, fmt.Errorf("encoding a nudge: %w", err)
	}
	id := "close." + a.RequestID + "." + strconv.Itoa(a.Number) + "." + strconv.FormatInt(at.Unix(), 10)
	return Message{ID: id, Body: body, NotBefore: at, Properties: traced(a, id, map[string]any{PropRequestID: a.RequestID})}, nil
}

// DecodeNudge reads a nudge.
func DecodeNudge(body []byte) (Attempt, error) {
	var n Nudge
	if err := json.Unmarshal(body, &n); err != nil || n.SchemaVersion != SchemaVersion || !ValidID(n.RequestID) || n.Attempt < 1 {
		return Attempt{}, Errorf(NoTask, ReasonUnknownTask, "the message is no nudge: want schemaVersion, requestId and attempt")
	}
	return Attempt{RequestID: n.RequestID, Number: n.Attempt}, nil
}

// RequestMessage makes the message that puts a request back into its queue.
func RequestMessage(body []byte, a Attempt, try int, submitted, notBefore time.Time) Message {
	return Message{
		ID: fmt.Sprintf("%s.%d.%d", a.RequestID, a.Number, try), Body: body, NotBefore: notBefore,
		Properties: map[string]any{
			PropRequestID: a.RequestID, PropAttempt: int64(a.Number), PropTry: int64(try),
			PropSubmittedAt: submitted.UTC().Format(time.RFC3339Nano),
		},
	}
}
