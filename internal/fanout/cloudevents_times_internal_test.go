package fanout

import (
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestAnEventIsTakenAsSendersWriteIt(t *testing.T) {
	enqueued := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	const media = "application/cloudevents+json"
	const event = `{"specversion":"1.0","type":"dsr.request.v1","id":"1","source":"/","time":"2026-11-24T09:00:00Z","data":{"id":"r"}}`
	at := func(text string) string { return strings.Replace(event, "2026-11-24T09:00:00Z", text, 1) }

	for _, c := range []struct {
		name  string
		media string
		body  string
		wrong string // "" for an event that is taken
	}{
		{"with its content type", "application/cloudevents+json; charset=utf-8", event, ""},
		{"as plain JSON", "application/json", event, "set that to application/cloudevents+json"},
		{"without a content type", "", event, "set that to application/cloudevents+json"},
		{"after a byte order mark", "application/cloudevents+json", "\ufeff" + event, ""},
		{"with a time in small letters", media, at("2026-11-24t09:00:00z"), ""},
		{"in UTF-16", "application/cloudevents+json", "\xff\xfe{\x00", "UTF-16; send UTF-8"},
		{"of the year 1", media, at("0001-01-01T00:00:00Z"), "event attribute time: is before"},
		{"of the year 9999", media, at("9999-12-31T23:59:59Z"), "event attribute time: is in the future"},
		{"of a leap second", media, at("2026-06-30T23:59:60Z"), "event attribute time: has second 60"},
		{"of another type", media, strings.Replace(event, "dsr.request.v1", "secret", 1), "attribute type: want dsr.request.v1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			request, sent, err := unwrap(Received{Body: []byte(c.body), ContentType: c.media, EnqueuedTime: enqueued})
			if c.wrong == "" {
				if err != nil || string(request) != `{"id":"r"}` || !sent.Equal(enqueued.Add(-time.Hour)) {
					t.Errorf("%s at %s, %v", request, sent, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.wrong) || dsr.ClassOf(err) != dsr.Permanent {
				t.Errorf("got %v, want %q", err, c.wrong)
			}
		})
	}
}

func TestATimeInThePropertiesIsHeldToTheSameRules(t *testing.T) {
	_, err := readEnvelope(Received{
		Body:         []byte(`{}`),
		EnqueuedTime: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
		Properties:   map[string]any{dsr.PropSubmittedAt: "9999-12-31T23:59:59Z"},
	})
	if dsr.ReasonOf(err) != dsr.ReasonInvalidRequest || !strings.Contains(err.Error(), "application property submittedAt: is in the future") {
		t.Errorf("got %v", err)
	}
}
