package functionshost

import (
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"github.com/google/uuid"
)

// system is what the host itself tells about an invocation.
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

// messagePayload is the invocation of a Service Bus trigger. With dataType
// string the real host also puts the members of a JSON body into Metadata,
// over what is there; this one doesn't yet.
func messagePayload(binding string, binary bool, m *azservicebus.ReceivedMessage, c busClient, s system) ([]byte, error) {
	data, err := messageData(binary, m)
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
	if m.MessageID != "" {
		meta.addString("MessageId", &m.MessageID)
	}
	meta.addString("ContentType", m.ContentType)
	meta.addString("ReplyTo", m.ReplyTo)
	if m.SequenceNumber != nil {
		meta.add("SequenceNumber", asText(strconv.FormatInt(*m.SequenceNumber, 10)))
	}
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
	meta.add("sys", s.json())
	return envelope(binding, data, &meta), nil
}

func messageData(binary bool, m *azservicebus.ReceivedMessage) (string, error) {
	body := m.Body
	if raw := m.RawAMQPMessage; raw != nil {
		if text, ok := raw.Body.Value.(string); ok && !binary {
			return asText(quote(text)), nil
		}
		if raw.Body.Value != nil || raw.Body.Sequence != nil {
			return "", errors.New("the message has an AMQP value or sequence for a body, which can't be bound")
		}
		body = nil
		for _, section := range raw.Body.Data {
			body = append(body, section...)
		}
	}
	if binary {
		return quote(base64.StdEncoding.EncodeToString(body)), nil
	}
	return asText(quote(string(body))), nil
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

// scheduleStatus is what the host remembers of a timer.
type scheduleStatus struct{ last, next, updated time.Time }

func (s *scheduleStatus) json() string {
	if s == nil {
		return "null"
	}
	var m members
	m.add("Last", timerTime(s.last))
	m.add("Next", timerTime(s.next))
	m.add("LastUpdated", timerTime(s.updated))
	return m.String()
}

// timerTime writes the zero time as .NET's: the year 1, without a zone.
func timerTime(t time.Time) string {
	if t.IsZero() {
		return quote(t.Format(layoutUTC))
	}
	return quote(t.Format(layoutPrecise))
}

// timerPayload is the invocation of a timer; without status it says null.
func timerPayload(binding string, status *scheduleStatus, pastDue bool, s system) []byte {
	var data, meta members
	data.add("Schedule", `{"AdjustForDST":true}`)
	data.add("ScheduleStatus", status.json())
	data.add("IsPastDue", strconv.FormatBool(pastDue))
	meta.add("sys", s.json())
	return envelope(binding, data.String(), &meta)
}
