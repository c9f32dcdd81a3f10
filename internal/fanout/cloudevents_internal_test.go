package fanout

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

// FuzzUnwrap unwraps any message. A refusal is permanent and has a reason, and the
// request is never longer than the message.
func FuzzUnwrap(f *testing.F) {
	f.Add("application/cloudevents+json", []byte(`{"specversion":"1.0","type":"dsr.request.v1","id":"1","source":"/","data":{}}`), "", "")
	f.Add("application/cloudevents; charset=utf-8", []byte(`{"specversion":"1.0","type":"dsr.request.v1","id":"1","source":"/","time":"2026-11-24T10:00:00Z","data_base64":"e30="}`), "", "")
	f.Add("application/cloudevents-batch+json", []byte(`[]`), "", "")
	f.Add("application/json", []byte(`{}`), "cloudEvents:type", "dsr.request.v1")
	f.Add("", []byte(`{}`), "cloudEvents_specversion", "1.0")
	f.Add("", []byte("\xff"), "x", "")
	f.Fuzz(func(t *testing.T, contentType string, body []byte, property, value string) {
		got, at, err := unwrap(Received{Body: body, ContentType: contentType, Properties: map[string]any{property: value}})
		if err != nil {
			if reason := dsr.ReasonOf(err); dsr.ClassOf(err) != dsr.Permanent ||
				(reason != dsr.ReasonUnsupportedEventType && reason != dsr.ReasonInvalidRequest) {
				t.Fatalf("refused with %v of class %s", err, dsr.ClassOf(err))
			}
			return
		}
		if len(got) > len(body) || (at.IsZero() && len(body) > 0 && got == nil) {
			t.Fatalf("got %d bytes of a message of %d", len(got), len(body))
		}
	})
}
