package customhandler

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Message is one Service Bus message, locked for this invocation. A field that the host
// has not set is zero.
type Message struct {
	InvocationID string // the host's id of this invocation, for logs
	Function     string
	Body         []byte // the exact bytes, never converted to text and back
	// Cut means that Body is only the beginning of a body of more than 256 KiB, or that
	// such a property was cut.
	Cut bool

	MessageID     string
	ContentType   string
	Subject       string
	CorrelationID string
	ReplyTo       string
	To            string

	// LockToken settles the message on a receiver of the same queue or dead-letter
	// queue. Its bytes are in the order of the text (RFC 4122).
	LockToken [16]byte
	// DeliveryCount is 1 on the first delivery.
	DeliveryCount  int
	SequenceNumber int64
	EnqueuedTime   time.Time // UTC, whole seconds
	ExpiresAt      time.Time // UTC, whole seconds; the year 9999 without a time-to-live

	// ApplicationProperties are strings, bools, int64 or float64. The host passes dates
	// as ISO text and bytes as Base64 text. In a dead-letter queue DeadLetterReason is
	// the reason.
	ApplicationProperties map[string]any
	// TraceParent is the host's trace of the invocation. It is often empty. The sender's
	// trace is in ApplicationProperties.
	TraceParent string
}

// decodeMessage reads a Service Bus invocation. The message's body must be in Base64. When
// the host binds a JSON body as text, the body's members replace those of Metadata, so a
// sender could choose the lock token. cut means that strings were cut.
func decodeMessage(body []byte, binding string, cut bool) (Message, error) {
	value, metadata, err := decodeEnvelope(body, binding)
	if err != nil {
		return Message{}, err
	}
	m := Message{Cut: cut}
	if m.Body, err = base64Body(value, cut); err != nil {
		return Message{}, fmt.Errorf("decoding the message's body: %w", err)
	}

	d := fields{of: "message", values: metadata}
	m.LockToken = d.lockToken()
	m.MessageID = get(&d, "MessageId", text)
	m.ContentType = get(&d, "ContentType", text)
	m.Subject = get(&d, "Subject", text)
	m.CorrelationID = get(&d, "CorrelationId", text)
	m.ReplyTo = get(&d, "ReplyTo", text)
	m.To = get(&d, "To", text)
	m.DeliveryCount = int(get(&d, "DeliveryCount", integer))
	m.SequenceNumber = get(&d, "SequenceNumber", integer)
	m.EnqueuedTime = get(&d, d.either("EnqueuedTime", "EnqueuedTimeUtc"), instant)
	m.ExpiresAt = get(&d, d.either("ExpiresAt", "ExpiresAtUtc"), instant)
	m.ApplicationProperties = get(&d, d.either("ApplicationProperties", "UserProperties"), object)
	if d.err != nil {
		return Message{}, d.err
	}

	return m, nil
}

func base64Body(value json.RawMessage, cut bool) ([]byte, error) {
	var s string
	if absent(value) || json.Unmarshal(value, &s) != nil {
		return nil, errors.New("not a string")
	}
	if cut {
		s = s[:len(s)/4*4] // four characters are three bytes
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, errors.New(`not Base64: the trigger needs "dataType": "binary"`)
	}
	return b, nil
}

func (d *fields) lockToken() [16]byte {
	return get(d, "LockToken", func(raw json.RawMessage) ([16]byte, error) {
		s, err := text(raw)
		if err != nil {
			return [16]byte{}, err
		}
		if s == "" {
			return [16]byte{}, errors.New("missing, so the message could not be settled")
		}
		// uuid.Parse also takes braces and urn: forms; the host writes none.
		token, err := uuid.Parse(s)
		if err != nil || len(s) != 36 {
			return [16]byte{}, errors.New("not a UUID")
		}

		return token, nil
	})
}
