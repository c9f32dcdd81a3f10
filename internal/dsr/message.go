package dsr

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Message is what goes into a queue.
type Message struct {
	ID         string // for duplicate detection
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
	// PropAgain marks a task message that may have been sent before: whoever takes it
	// looks up first whether the task is done.
	PropAgain        = "again"
	propTraceParent  = "traceparent"
	propDiagnosticID = "Diagnostic-Id"
)

// Message makes the message of the task's send.
func (t Task) Message(notBefore time.Time) (Message, error) {
	body, err := json.Marshal(t)
	if err != nil {
		return Message{}, fmt.Errorf("encoding task %s: %w", t.ID(), err)
	}
	return Message{
		ID:         t.MessageID(),
		Body:       body,
		NotBefore:  notBefore,
		Properties: traced(t.Of(), map[string]any{PropRequestID: t.RequestID, PropResourceType: t.Type}),
	}, nil
}

// MessageAgain makes the message of a task that may have been sent before. It has the
// first one's id: while the queue remembers that one, it drops this one.
func (t Task) MessageAgain() (Message, error) {
	m, err := t.Message(time.Time{})
	if err == nil {
		m.Properties[PropAgain] = true
	}
	return m, err
}

// SentAgain reports whether a message's properties mark it as one that may have been
// sent before.
func SentAgain(properties map[string]any) bool {
	switch v := properties[PropAgain].(type) {
	case bool:
		return v
	case string:
		return strings.EqualFold(v, "true")
	default:
		return false
	}
}

// Trace returns the trace of all work on the attempt, and the span at its root. Both follow
// from the attempt's name, so that everybody knows them whom no message tells.
func (a Attempt) Trace() (trace [16]byte, root [8]byte) {
	sum := sha256.Sum256([]byte(a.Prefix()))
	return [16]byte(sum[:16]), [8]byte(sum[16:24])
}

// traced adds a W3C trace context, under both names that Azure reads: the root of the
// attempt's trace. Whoever records traces replaces it by the span that sends the message.
func traced(a Attempt, props map[string]any) map[string]any {
	trace, root := a.Trace()
	parent := "00-" + hex.EncodeToString(trace[:]) + "-" + hex.EncodeToString(root[:]) + "-01"
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

// WakeUp asks the reconciler for a check of an attempt. Its message has an id that begins with close.
type WakeUp struct {
	SchemaVersion string `json:"schemaVersion"`
	RequestID     string `json:"requestId"`
	Attempt       int    `json:"attempt"`
	// Second of Unix time, and Tick of that second, name the wake-up.
	Second int64 `json:"second"`
	Tick   int   `json:"tick,omitempty"`
	// Last reports that the sender had reason to think that nothing is left to do, so
	// that the check need not wait long after the one before.
	Last bool `json:"last,omitempty"`
}

// WakeUpTick is the resolution of a wake-up's time.
const WakeUpTick = 100 * time.Millisecond

// Of returns the attempt that is to be checked.
func (w WakeUp) Of() Attempt { return Attempt{RequestID: w.RequestID, Number: w.Attempt} }

// At returns the time that names the wake-up.
func (w WakeUp) At() time.Time {
	return time.Unix(w.Second, 0).Add(time.Duration(w.Tick) * WakeUpTick)
}

// WakeUpMessage makes the wake-up of a tick. Those of one tick have one id, so the queue
// keeps one of them.
func WakeUpMessage(a Attempt, at time.Time) (Message, error) { return wakeUpMessage(a, at, false) }

// LastWakeUpMessage makes the wake-up of a tick for an attempt that may have nothing left
// to do. Its id is not that of the tick's other wake-up, which the queue would keep in its
// place.
func LastWakeUpMessage(a Attempt, at time.Time) (Message, error) { return wakeUpMessage(a, at, true) }

func wakeUpMessage(a Attempt, at time.Time, last bool) (Message, error) {
	at = at.Truncate(WakeUpTick)
	tick := at.Nanosecond() / int(WakeUpTick)
	body, err := json.Marshal(WakeUp{
		SchemaVersion: SchemaVersion,
		RequestID:     a.RequestID,
		Attempt:       a.Number,
		Second:        at.Unix(),
		Tick:          tick,
		Last:          last,
	})
	if err != nil {
		return Message{}, fmt.Errorf("encoding a wake-up: %w", err)
	}

	id := "close." + a.RequestID + "." + strconv.Itoa(a.Number) + "." + strconv.FormatInt(at.Unix(), 10)
	if tick > 0 {
		id += "-" + strconv.Itoa(tick)
	}
	if last {
		id += "-last"
	}

	return Message{
		ID:         id,
		Body:       body,
		NotBefore:  at,
		Properties: traced(a, map[string]any{PropRequestID: a.RequestID}),
	}, nil
}

// DecodeWakeUp reads a wake-up.
func DecodeWakeUp(body []byte) (WakeUp, error) {
	var w WakeUp
	err := json.Unmarshal(body, &w)
	names := w.SchemaVersion == SchemaVersion && ValidID(w.RequestID) && w.Attempt >= 1
	if err != nil || !names || w.Tick < 0 || w.Tick >= int(time.Second/WakeUpTick) {
		return WakeUp{}, Errorf(NoTask, ReasonUnknownTask, "the message is no wake-up: want schemaVersion, requestId and attempt")
	}
	return w, nil
}

// ReopenMessage returns the message that opens a recorded request again, or its next
// attempt.
func ReopenMessage(r RequestRecord, subject *Subject, a Attempt) (Message, error) {
	body, err := r.Restore(subject).Sent()
	if err != nil {
		return Message{}, err
	}
	return RequestMessage(body, a, 0, r.SubmittedAt, time.Time{}), nil
}

// RequestMessage makes the message that puts a request into its queue again. try counts
// the messages of the attempt and is part of the id.
func RequestMessage(body []byte, a Attempt, try int, submitted, notBefore time.Time) Message {
	return Message{
		ID:        fmt.Sprintf("%s.%d.%d", a.RequestID, a.Number, try),
		Body:      body,
		NotBefore: notBefore,
		Properties: map[string]any{
			PropRequestID: a.RequestID, PropAttempt: int64(a.Number), PropTry: int64(try),
			PropSubmittedAt: submitted.UTC().Format(time.RFC3339Nano),
		},
	}
}
