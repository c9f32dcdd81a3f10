package customhandler

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAGoldenDeadLetterIsDecodedInFull(t *testing.T) {
	got, err := decodeMessage(golden(t, "message_binary_deadletter.json"), "message", false)
	if err != nil {
		t.Fatal(err)
	}

	want := Message{
		Body:        []byte(`{"requestId":"req-1","taskId":"t-9"}`),
		MessageID:   "t-9",
		ContentType: "application/json",
		LockToken: [16]byte{0x0f, 0x8f, 0xad, 0x5b, 0xd9, 0xcb, 0x46, 0x9f, 0xa1, 0x65,
			0x70, 0x86, 0x77, 0x28, 0x95, 0x0e},
		DeliveryCount:  11,
		SequenceNumber: 77,
		EnqueuedTime:   time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
		ExpiresAt:      time.Date(2026, 12, 8, 10, 0, 0, 0, time.UTC),
		ApplicationProperties: map[string]any{
			"requestId":                  "req-1",
			"DeadLetterReason":           "MaxDeliveryCountExceeded",
			"DeadLetterErrorDescription": "Message could not be consumed after 10 delivery attempts.",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A sender chooses the members of a JSON body. Bound as text they are in Metadata, so the
// whole invocation must be refused.
func TestABodyBoundAsTextIsRefused(t *testing.T) {
	for _, name := range []string{"message_text_json_object.json", "message_text_plain.json"} {
		_, err := decodeMessage(golden(t, name), "message", false)
		if err == nil || !strings.Contains(err.Error(), `"dataType": "binary"`) {
			t.Errorf("%s: got %v, want an error that says what to set", name, err)
		}
	}
}

const lockToken = `"LockToken":"\"7ebe3bcf-bae7-455e-99ea-568500a75173\""`

func withMetadata(members ...string) []byte {
	return fmt.Appendf(nil, `{"Data":{"m":"%s"},"Metadata":{%s}}`,
		base64.StdEncoding.EncodeToString([]byte("body")), strings.Join(members, ","))
}

func TestMetadataIsReadInEitherEncoding(t *testing.T) {
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	tests := []struct {
		name, member string
		want         Message
	}{
		{"a string as JSON text", `"MessageId":"\"a\\\"b\""`, Message{MessageID: `a"b`}},
		{"a string that is plain", `"MessageId":"a"`, Message{MessageID: "a"}},
		{"a plain string with one quotation mark", `"Subject":"\"a"`, Message{Subject: `"a`}},
		{"a null string", `"Subject":null`, Message{}},
		{"a number as JSON text", `"DeliveryCount":"3"`, Message{DeliveryCount: 3}},
		{"a number that is plain", `"DeliveryCount":3`, Message{DeliveryCount: 3}},
		{"a large sequence number", `"SequenceNumber":"9007199254740993"`, Message{SequenceNumber: 9007199254740993}},
		{"the other addresses", `"To":"\"t\"","ReplyTo":"\"r\"","CorrelationId":"\"c\""`,
			Message{To: "t", ReplyTo: "r", CorrelationID: "c"}},
		{"a date with a zone", `"EnqueuedTime":"2026-11-24T12:00:00+02:00"`, Message{EnqueuedTime: at}},
		{"a date without a zone is UTC", `"EnqueuedTimeUtc":"2026-11-24T10:00:00"`, Message{EnqueuedTime: at}},
		{"a date with fractions", `"ExpiresAt":"2026-11-24T10:00:00.5Z"`, Message{ExpiresAt: at.Add(500 * time.Millisecond)}},
		{"a date as JSON text", `"ExpiresAtUtc":"\"2026-11-24T10:00:00\""`, Message{ExpiresAt: at}},
		{"EnqueuedTime before its Utc spelling", `"EnqueuedTimeUtc":"2020-01-01T00:00:00","EnqueuedTime":"2026-11-24T10:00:00+00:00"`,
			Message{EnqueuedTime: at}},
		{"properties of every kind", `"ApplicationProperties":{"s":"x","n":3,"f":0.5,"b":true,"z":null,"o":{"n":1},"a":[2]}`,
			Message{ApplicationProperties: map[string]any{"s": "x", "n": int64(3), "f": 0.5, "b": true, "z": nil,
				"o": map[string]any{"n": int64(1)}, "a": []any{int64(2)}}}},
		{"properties as JSON text", `"ApplicationProperties":"{\"n\":1}"`,
			Message{ApplicationProperties: map[string]any{"n": int64(1)}}},
		{"properties under their other name", `"UserProperties":{"a":"b"}`,
			Message{ApplicationProperties: map[string]any{"a": "b"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeMessage(withMetadata(lockToken, tt.member), "m", false)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Body, tt.want.LockToken = []byte("body"), got.LockToken
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestALockTokenMayBePlain(t *testing.T) {
	m, err := decodeMessage(withMetadata(`"LockToken":"7ebe3bcf-bae7-455e-99ea-568500a75173"`), "m", false)
	if err != nil || m.LockToken[0] != 0x7e || m.LockToken[15] != 0x73 {
		t.Errorf("got %x, %v", m.LockToken, err)
	}
}

func TestAMessageThatCannotBeHandledIsRefused(t *testing.T) {
	tests := []struct {
		name string
		body []byte
		want string
	}{
		{"without a lock token", withMetadata(), "LockToken: missing"},
		{"with a null lock token", withMetadata(`"LockToken":null`), "LockToken: missing"},
		{"with a lock token that is no UUID", withMetadata(`"LockToken":"\"secret\""`), "LockToken: not a UUID"},
		{"with a lock token in braces", withMetadata(`"LockToken":"{7ebe3bcf-bae7-455e-99ea-568500a75173}"`), "LockToken: not a UUID"},
		{"with a lock token that is an object", withMetadata(`"LockToken":{}`), "LockToken: not a string"},
		{"with a count that is no number", withMetadata(lockToken, `"DeliveryCount":"\"secret\""`), "DeliveryCount: not a whole number"},
		{"with a count that is an object", withMetadata(lockToken, `"DeliveryCount":{}`), "DeliveryCount: not a whole number"},
		{"with a date that is none", withMetadata(lockToken, `"ExpiresAt":"secret"`), "ExpiresAt: not a date"},
		{"with properties that are no object", withMetadata(lockToken, `"ApplicationProperties":["secret"]`), "not a JSON object"},
		{"without its binding", []byte(`{"Data":{"other":"c2VjcmV0"}}`), `no binding "m"`},
		{"with a null body", []byte(`{"Data":{"m":null}}`), "not a string"},
		{"with a body that is an object", []byte(`{"Data":{"m":{"secret":1}}}`), "not a string"},
		{"that is broken JSON", []byte(`{"secret`), "broken JSON at byte"},
		{"that is an array", []byte(`["secret"]`), "another shape"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := decodeMessage(tt.body, "m", false)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error quotes the input: %v", err)
			}
		})
	}
}
