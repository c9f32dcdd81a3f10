package functionshost

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"github.com/google/uuid"
)

// system is what the host itself adds to an invocation.
type system struct {
	function string
	now      time.Time
	guid     string
}

func newSystem(function string) system {
	return system{function: function, now: time.Now(), guid: uuid.NewString()}
}

func (s system) json() string {
	var m members
	m.add("MethodName", quote(s.function))
	m.add("UtcNow", quote(s.now.UTC().Format(layoutZulu)))
	m.add("RandGuid", quote(s.guid))
	return m.String()
}

func envelope(binding, data string, metadata *members) []byte {
	var d, e members
	d.add(binding, data)
	e.add("Data", d.String())
	e.add("Metadata", metadata.String())
	return []byte(e.String())
}

// busClient is the trigger's connection as metadata show it.
type busClient struct{ namespace, identifier string }

func newBusClient(c Connection) busClient {
	return busClient{namespace: c.host(), identifier: c.host() + "-" + uuid.NewString()}
}

func (c busClient) json() string {
	var m members
	m.add("FullyQualifiedNamespace", quote(c.namespace))
	m.add("IsClosed", "false")
	m.add("TransportType", "0")
	m.add("Identifier", quote(c.identifier))
	return m.String()
}

// messagePayload is the invocation of a Service Bus trigger. The order of the
// metadata is that of ServiceBusTriggerBindingStrategy in azure-sdk-for-net.
func messagePayload(binding string, binary bool, m *azservicebus.ReceivedMessage, c busClient, s system) ([]byte, error) {
	body, err := messageBody(binary, m)
	if err != nil {
		return nil, err
	}

	var meta members
	for _, empty := range []string{"MessageReceiver", "MessageSession", "MessageActions", "SessionActions", "ReceiveActions"} {
		meta.add(empty, "{}")
	}

	meta.add("Client", c.json())
	meta.add("DeliveryCount", asText(strconv.FormatUint(uint64(m.DeliveryCount), 10)))
	meta.addString("DeadLetterSource", m.DeadLetterSource)
	meta.add("LockToken", asText(quote(uuid.UUID(m.LockToken).String())))
	addTimes(&meta, m)
	meta.addString("MessageId", optional(m.MessageID))
	meta.addString("ContentType", m.ContentType)
	meta.addString("ReplyTo", m.ReplyTo)
	meta.add("SequenceNumber", sequenceNumber(m))
	meta.addString("To", m.To)
	meta.addString("Subject", m.Subject)
	meta.addString("Label", m.Subject)
	meta.addString("CorrelationId", m.CorrelationID)
	props := properties(m.ApplicationProperties)
	meta.add("ApplicationProperties", props)
	meta.add("UserProperties", props)
	meta.addString("SessionId", m.SessionID)
	meta.addString("ReplyToSessionId", m.ReplyToSessionID)
	meta.addString("PartitionKey", m.PartitionKey)
	meta.addString("TransactionPartitionKey", viaPartitionKey(m))
	meta.add("sys", s.json())
	if binary {
		return envelope(binding, quote(base64.StdEncoding.EncodeToString(body)), &meta), nil
	}

	copyBody(&meta, string(body))

	return envelope(binding, asText(quote(string(body))), &meta), nil
}

// optional is nil for an empty text.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func sequenceNumber(m *azservicebus.ReceivedMessage) string {
	if m.SequenceNumber == nil {
		return ""
	}
	return asText(strconv.FormatInt(*m.SequenceNumber, 10))
}

// viaPartitionKey is an annotation that the client doesn't show otherwise.
func viaPartitionKey(m *azservicebus.ReceivedMessage) *string {
	if m.RawAMQPMessage == nil {
		return nil
	}
	key, _ := m.RawAMQPMessage.MessageAnnotations["x-opt-via-partition-key"].(string)
	return optional(key)
}

// messageBody is what the trigger binds: the bytes of all data sections, or the
// text of an AMQP string, which can't be bound as bytes.
func messageBody(binary bool, m *azservicebus.ReceivedMessage) ([]byte, error) {
	raw := m.RawAMQPMessage
	if raw == nil {
		return m.Body, nil
	}
	if text, ok := raw.Body.Value.(string); ok && !binary {
		return []byte(text), nil
	}
	if raw.Body.Value != nil || raw.Body.Sequence != nil {
		return nil, errors.New("the message has an AMQP value or sequence for a body, which can't be bound")
	}
	return bytes.Join(raw.Body.Data, nil), nil
}

// addTimes adds both spellings of both times. A message without time-to-live
// never expires; the client shows it a time-to-live of zero.
func addTimes(meta *members, m *azservicebus.ReceivedMessage) {
	expires := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	if m.ExpiresAt != nil && (m.TimeToLive == nil || *m.TimeToLive > 0) {
		expires = m.ExpiresAt.UTC()
	}
	meta.add("ExpiresAtUtc", quote(expires.Format(layoutUTC)))
	meta.add("ExpiresAt", quote(expires.Format(layoutOffset)))
	if m.EnqueuedTime != nil {
		meta.add("EnqueuedTimeUtc", quote(m.EnqueuedTime.UTC().Format(layoutUTC)))
		meta.add("EnqueuedTime", quote(m.EnqueuedTime.UTC().Format(layoutOffset)))
	}
}

// timerPayload is the invocation of a timer; the status is null when none is kept.
func timerPayload(binding string, status *scheduleStatus, pastDue bool, s system) []byte {
	var data, meta members
	data.add("Schedule", `{"AdjustForDST":true}`)
	data.add("ScheduleStatus", status.json())
	data.add("IsPastDue", strconv.FormatBool(pastDue))
	meta.add("sys", s.json())
	return envelope(binding, data.String(), &meta)
}
