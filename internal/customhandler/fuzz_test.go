package customhandler

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"
)

// Whatever the envelope is, decoding it does not panic, and a message that is accepted has
// exactly the bytes of its Base64.
func FuzzEnvelope(f *testing.F) {
	for _, name := range []string{"message_binary_deadletter.json", "message_text_json_object.json", "message_text_plain.json", "timer_past_due.json"} {
		f.Add(golden(f, name))
	}

	f.Add(withMetadata(lockToken, `"ApplicationProperties":"{\"n\":1e400}"`))
	f.Add([]byte(`{"data":{"message":"AA=="},"metadata":{"LockToken":"7ebe3bcf-bae7-455e-99ea-568500a75173"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = decodeTimer(body, "timer")
		m, err := decodeMessage(body, "message", false)
		if err != nil {
			return
		}
		value, _, err := decodeEnvelope(body, "message")
		if err != nil {
			t.Fatalf("a message without an envelope: %v", err)
		}
		var s string
		if err := json.Unmarshal(value, &s); err != nil {
			t.Fatal(err)
		}
		if b, err := base64.StdEncoding.DecodeString(s); err != nil || !bytes.Equal(b, m.Body) {
			t.Fatalf("the body is not its Base64: %v", err)
		}
	})
}
