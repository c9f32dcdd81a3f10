package functionshost

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"github.com/Azure/go-amqp"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func golden(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var (
	goldenClient = busClient{namespace: "dsr.servicebus.windows.net", identifier: "dsr.servicebus.windows.net-3b7c1c0e-8d0c-4f0e-9f59-0b6f2a1d7c11"}
	goldenTime   = time.Date(2026, 11, 24, 10, 0, 0, 500e6, time.UTC)
)

func goldenSystem(function string) system {
	return system{function: function, now: time.Date(2026, 11, 24, 10, 0, 1, 123456700, time.UTC), guid: "24ad4c06-24ad-4e5b-8294-3da9714877e9"}
}

func goldenMessage() *azservicebus.ReceivedMessage {
	ttl := 14 * 24 * time.Hour
	return &azservicebus.ReceivedMessage{
		DeliveryCount: 1,
		TimeToLive:    &ttl,
		EnqueuedTime:  to.Ptr(goldenTime),
		ExpiresAt:     to.Ptr(goldenTime.Add(ttl)),
	}
}

func TestGoldenMessages(t *testing.T) {
	object := goldenMessage()
	object.Body = []byte(`{"schemaVersion":"1.0","id":"req-1","kind":"export","subject":{"objectId":"u-42"},"scope":[],"submittedAt":"2026-11-24T10:00:00Z","dryRun":false}`)
	object.LockToken = uuid.MustParse("7ebe3bcf-bae7-455e-99ea-568500a75173")
	object.MessageID, object.ContentType = "req-1", to.Ptr("application/json")
	object.SequenceNumber = to.Ptr(int64(12))
	object.ApplicationProperties = map[string]any{"source": "portal"}

	text := goldenMessage()
	text.Body = []byte(`plain é "x"`)
	text.LockToken = uuid.MustParse("7ebe3bcf-bae7-455e-99ea-568500a75173")
	text.MessageID, text.ContentType, text.Subject = "m-2", to.Ptr("text/plain"), to.Ptr("greeting")
	text.SequenceNumber = to.Ptr(int64(13))

	dead := goldenMessage()
	dead.Body = []byte(`{"requestId":"req-1","taskId":"t-9"}`)
	dead.LockToken = uuid.MustParse("0f8fad5b-d9cb-469f-a165-70867728950e")
	dead.MessageID, dead.ContentType = "t-9", to.Ptr("application/json")
	dead.DeliveryCount, dead.SequenceNumber = 11, to.Ptr(int64(77))
	dead.ApplicationProperties = map[string]any{
		"DeadLetterErrorDescription": "Message could not be consumed after 10 delivery attempts.",
		"DeadLetterReason":           "MaxDeliveryCountExceeded",
		"requestId":                  "req-1",
	}

	tests := []struct {
		name, file, function string
		binary               bool
		message              *azservicebus.ReceivedMessage
	}{
		{"a JSON object bound as string, which replaces metadata", "message_text_json.json", "dsr_intake", false, object},
		{"plain text bound as string", "message_text_plain.json", "dsr_intake", false, text},
		{"a dead letter bound as binary", "message_binary_deadletter.json", "dsr_export_redrive", true, dead},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := messagePayload("message", tt.binary, tt.message, goldenClient, goldenSystem(tt.function))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(golden(t, tt.file), string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGoldenTimer(t *testing.T) {
	last := time.Date(2026, 11, 23, 2, 0, 0, 12345600, time.UTC)
	status := scheduleStatus{last: last, next: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC), updated: last}
	got := timerPayload("timer", &status, true, goldenSystem("bulk_export"))
	if diff := cmp.Diff(golden(t, "timer_past_due.json"), string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestATimerThatNeverRanAndOneWithoutStatus(t *testing.T) {
	never := (&scheduleStatus{next: goldenTime, updated: goldenTime}).json()
	if want := `{"Last":"0001-01-01T00:00:00","Next":"2026-11-24T10:00:00.5+00:00","LastUpdated":"2026-11-24T10:00:00.5+00:00"}`; never != want {
		t.Errorf("got %s", never)
	}
	if got := string(timerPayload("t", nil, false, goldenSystem("f"))); !strings.Contains(got, `"ScheduleStatus":null,"IsPastDue":false`) {
		t.Errorf("got %s", got)
	}
}

func TestMetadataOfARareMessage(t *testing.T) {
	m := goldenMessage()
	m.TimeToLive = to.Ptr(time.Duration(0)) // the client's way to say: none
	m.DeadLetterSource, m.ReplyTo, m.To, m.CorrelationID = to.Ptr("q0"), to.Ptr("r"), to.Ptr("t"), to.Ptr("c")
	m.SessionID, m.ReplyToSessionID, m.PartitionKey = to.Ptr("s"), to.Ptr("rs"), to.Ptr("p")
	m.RawAMQPMessage = &azservicebus.AMQPAnnotatedMessage{MessageAnnotations: map[any]any{"x-opt-via-partition-key": "via"}}
	got, err := messagePayload("message", true, m, goldenClient, goldenSystem("f"))
	if err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{
		`"DeliveryCount":"1","DeadLetterSource":"\"q0\"","LockToken":`,
		`"ExpiresAtUtc":"9999-12-31T23:59:59","ExpiresAt":"9999-12-31T23:59:59+00:00"`,
		`"EnqueuedTime":"2026-11-24T10:00:00+00:00","ReplyTo":"\"r\"","To":"\"t\"","CorrelationId":"\"c\"","ApplicationProperties":{}`,
		`"UserProperties":{},"SessionId":"\"s\"","ReplyToSessionId":"\"rs\"","PartitionKey":"\"p\"","TransactionPartitionKey":"\"via\"","sys":`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}

func TestTheBodyIsBoundAsTheTriggerAsks(t *testing.T) {
	raw := func(body azservicebus.AMQPAnnotatedMessageBody) *azservicebus.ReceivedMessage {
		return &azservicebus.ReceivedMessage{RawAMQPMessage: &azservicebus.AMQPAnnotatedMessage{Body: body}}
	}
	tests := []struct {
		name    string
		binary  bool
		message *azservicebus.ReceivedMessage
		want    string
	}{
		{"bytes", true, raw(azservicebus.AMQPAnnotatedMessageBody{Data: [][]byte{{0, 255}}}), `{"Data":{"m":"AP8="}`},
		{"bytes of several sections", true, raw(azservicebus.AMQPAnnotatedMessageBody{Data: [][]byte{{0}, {255}}}), `{"Data":{"m":"AP8="}`},
		{"no bytes", true, raw(azservicebus.AMQPAnnotatedMessageBody{}), `{"Data":{"m":""}`},
		{"text that is not UTF-8", false, raw(azservicebus.AMQPAnnotatedMessageBody{Data: [][]byte{{'a', 255}}}), `{"Data":{"m":"\"a` + "\uFFFD" + `\""}`},
		{"an AMQP string as text", false, raw(azservicebus.AMQPAnnotatedMessageBody{Value: "v"}), `{"Data":{"m":"\"v\""}`},
		{"an AMQP string as bytes", true, raw(azservicebus.AMQPAnnotatedMessageBody{Value: "v"}), ""},
		{"an AMQP number", false, raw(azservicebus.AMQPAnnotatedMessageBody{Value: 3}), ""},
		{"an AMQP sequence", false, raw(azservicebus.AMQPAnnotatedMessageBody{Sequence: [][]any{{1}}}), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := messagePayload("m", tt.binary, tt.message, goldenClient, goldenSystem("f"))
			if (err == nil) != (tt.want != "") || !strings.HasPrefix(string(got), tt.want) {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}

func TestPropertiesAreWrittenAsNewtonsoftDoes(t *testing.T) {
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"text", "é<&>\"\\\n\r\t\b\f\x01\u0085\u2028", `"é<&>\"\\\n\r\t\b\f\u0001\u0085\u2028"`},
		{"a symbol", amqp.Symbol("s"), `"s"`},
		{"null", nil, `null`},
		{"a boolean", true, `true`},
		{"a number", int64(-3), `-3`},
		{"a double that is whole", 1.0, `1.0`},
		{"a double", 0.1, `0.1`},
		{"a float", float32(0.1), `0.1`},
		{"a large double", 1e15, `1E+15`},
		{"a small double", 1e-7, `1E-07`},
		{"no number", notANumber(), `"NaN"`},
		{"minus infinity", -1 / zero(), `"-Infinity"`},
		{"infinity", 1 / zero(), `"Infinity"`},
		{"a date", goldenTime, `"2026-11-24T10:00:00.5Z"`},
		{"bytes", []byte{0, 255}, `"AP8="`},
		{"a uuid", amqp.UUID(uuid.MustParse("7ebe3bcf-bae7-455e-99ea-568500a75173")), `"7ebe3bcf-bae7-455e-99ea-568500a75173"`},
		{"a list", []any{int32(1)}, `[1]`},
		{"what JSON can't hold", make(chan int), `null`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := value(tt.value); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func zero() float64       { return 0 }
func notANumber() float64 { return zero() / zero() }

// Whatever a sender writes, the envelope stays JSON; and bound as bytes, the
// body changes nothing of the rest.
func FuzzMessagePayload(f *testing.F) {
	f.Add([]byte(`{"a":1}`), "subject", "key", "value")
	f.Add([]byte("\xff\x00\u2028"), "\"", "\\", "\x7f\u0085")
	f.Add([]byte(`{"subject":1,"applicationProperties":2}`), "subject", "key", "value")
	f.Fuzz(func(t *testing.T, body []byte, subject, key, text string) {
		m := goldenMessage()
		m.Body, m.Subject, m.ApplicationProperties = body, &subject, map[string]any{key: text}
		asString, err := messagePayload("m", false, m, goldenClient, goldenSystem("f"))
		if err != nil || !json.Valid(asString) {
			t.Fatalf("%v: %s", err, asString)
		}
		asBytes, err := messagePayload("m", true, m, goldenClient, goldenSystem("f"))
		if err != nil {
			t.Fatal(err)
		}
		var back struct {
			Data     map[string][]byte
			Metadata struct {
				Subject               string
				ApplicationProperties map[string]string
			}
		}
		if err := json.Unmarshal(asBytes, &back); err != nil {
			t.Fatalf("%v: %s", err, asBytes)
		}

		if !bytes.Equal(back.Data["m"], body) {
			t.Errorf("body: %q", back.Data["m"])
		}
		if back.Metadata.ApplicationProperties[string([]rune(key))] != string([]rune(text)) {
			t.Errorf("properties: %q", back.Metadata.ApplicationProperties)
		}

		var inner string
		if err := json.Unmarshal([]byte(back.Metadata.Subject), &inner); err != nil || inner != string([]rune(subject)) {
			t.Errorf("subject: %q, %v", inner, err)
		}
	})
}
