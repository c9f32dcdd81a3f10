package simulation_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// requestMessage is one way to send a request.
type requestMessage struct {
	contentType string
	props       map[string]any
	body        string
}

// receive lets intake have a message of the request queue, with all that the
// host passes on with it.
func (sim *simulation) receive(m requestMessage) {
	sim.t.Helper()
	sim.send(dsr.QueueRequests, dsr.Message{ID: "m", Body: []byte(m.body), Properties: m.props})
	d, ok := sim.queue(dsr.QueueRequests).Receive()
	if !ok {
		sim.t.Fatal("the message is not in its queue")
	}

	if sim.live == nil {
		sim.live = sim.boot()
	}

	if err := sim.live.DSRIntake(context.Background(), customhandler.Message{
		Body:                  []byte(m.body),
		ContentType:           m.contentType,
		ApplicationProperties: m.props,
		LockToken:             d.Token,
		DeliveryCount:         1,
		EnqueuedTime:          d.EnqueuedAt,
	}); err != nil {
		sim.t.Fatal(err)
	}
}

const eventTime = "1999-12-31T23:00:00+02:00"

// structuredEvent is an event in the JSON format; changes replace its members,
// nil removes one.
func structuredEvent(changes map[string]any) string {
	members := map[string]any{
		"specversion": "1.0", "type": "dsr.request.v1", "id": "event-1", "source": "/portal", "time": eventTime,
		"traceparent": "an extension", "data": json.RawMessage(exportRequest),
	}
	for name, v := range changes {
		if members[name] = v; v == nil {
			delete(members, name)
		}
	}
	body, _ := json.Marshal(members) // of strings and JSON
	return string(body)
}

func binaryEvent(prefix string, changes map[string]any) map[string]any {
	props := map[string]any{}
	for name, v := range map[string]any{"specversion": "1.0", "type": "dsr.request.v1", "id": "event-1", "source": "/portal", "time": eventTime} {
		props[prefix+name] = v
	}
	for name, v := range changes {
		if props[prefix+name] = v; v == nil {
			delete(props, prefix+name)
		}
	}
	return props
}

func TestARequestIsTakenInEachForm(t *testing.T) {
	in1999, _ := time.Parse(time.RFC3339, eventTime)
	encoded := base64.StdEncoding.EncodeToString([]byte(exportRequest))
	for name, tt := range map[string]struct {
		m     requestMessage
		event bool // has a time of its own
	}{
		"bare":                            {m: requestMessage{"application/json", nil, exportRequest}},
		"bare without a content type":     {m: requestMessage{"", map[string]any{"cloudevents_type": "spelled otherwise"}, exportRequest}},
		"structured":                      {requestMessage{"application/cloudevents+json", nil, structuredEvent(nil)}, true},
		"structured in any case":          {requestMessage{"Application/CloudEvents+JSON; charset=utf-8", nil, structuredEvent(nil)}, true},
		"structured without a time":       {m: requestMessage{"application/cloudevents+json", nil, structuredEvent(map[string]any{"time": nil})}},
		"structured in Base64":            {requestMessage{"application/cloudevents+json", nil, structuredEvent(map[string]any{"data": nil, "data_base64": encoded})}, true},
		"structured with its data's type": {requestMessage{"application/cloudevents", nil, structuredEvent(map[string]any{"datacontenttype": "application/json; charset=utf-8"})}, true},
		"binary with underscores":         {requestMessage{"application/json", binaryEvent("cloudEvents_", nil), exportRequest}, true},
		"binary with colons":              {requestMessage{"application/json", binaryEvent("cloudEvents:", nil), exportRequest}, true},
		"binary without a content type":   {requestMessage{"", binaryEvent("cloudEvents:", nil), exportRequest}, true},
		"binary without a time":           {m: requestMessage{"", binaryEvent("cloudEvents_", map[string]any{"time": nil}), exportRequest}},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				want := time.Now()
				if tt.event {
					want = in1999
				}

				sim.receive(tt.m)
				if dead := sim.deadLetters(dsr.QueueRequests); len(dead) > 0 {
					t.Fatal(dead)
				}

				got := decode[dsr.RequestRecord](t, readBlob(t, sim.audit, dsr.RequestBlob(testRequest)))
				if !got.SubmittedAt.Equal(want) {
					t.Errorf("submitted %s, want %s", got.SubmittedAt, want)
				}

				sim.run(time.Hour)

				if got := sim.outcome(); got.Status != dsr.StatusSucceeded {
					t.Errorf("closed as %s: %v", got.Status, got.Failures)
				}
			})
		})
	}
}

func TestTheFormsOfOneRequestAreOneRequest(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.receive(requestMessage{"", nil, exportRequest})
		sim.receive(requestMessage{"application/cloudevents+json", nil, structuredEvent(nil)})
		sim.receive(requestMessage{"", binaryEvent("cloudEvents:", nil), exportRequest})
		if dead := sim.deadLetters(dsr.QueueRequests); len(dead) > 0 {
			t.Error(dead)
		}
		sim.run(time.Hour)
		if got := sim.outcome(); got.Status != dsr.StatusSucceeded || got.Totals["E16"].Documents != 3 {
			t.Errorf("closed as %s with %+v", got.Status, got.Totals["E16"])
		}
	})
}

func TestASubmittedAtOfTheRequestComesBeforeTheEventsTime(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		const at = "1999-06-01T00:00:00Z"
		dated := strings.Replace(exportRequest, `"kind"`, `"submittedAt":"`+at+`","kind"`, 1)
		sim.receive(requestMessage{"", binaryEvent("cloudEvents:", nil), dated})
		got := decode[dsr.RequestRecord](t, readBlob(t, sim.audit, dsr.RequestBlob(testRequest)))
		if got.SubmittedAt.Format(time.RFC3339) != at {
			t.Errorf("submitted %s, want %s", got.SubmittedAt, at)
		}
	})
}

func TestAnEventThatIsTriedLaterIsStillTheSameRequest(t *testing.T) {
	for name, m := range map[string]requestMessage{
		"structured": {"application/cloudevents+json", nil, structuredEvent(map[string]any{"time": "2000-01-01T00:00:00+01:00"})},
		"binary":     {"", binaryEvent("cloudEvents:", map[string]any{"time": "2000-01-01T00:00:00+01:00"}), exportRequest},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.upstream.SetFaults(fake.Fault{Endpoint: "E01", Status: 503, Times: 20})
				sim.receive(m)
				if c := sim.queue(dsr.QueueRequests).Counts(); c.Scheduled != 1 {
					t.Fatalf("%+v, want the request scheduled again", c)
				}

				sim.run(3 * time.Hour)

				if dead := sim.deadLetters(dsr.QueueRequests); len(dead) > 0 {
					t.Error(dead)
				}
				if got := sim.outcome(); got.Status != dsr.StatusSucceeded {
					t.Errorf("closed as %s: %v", got.Status, got.Failures)
				}

				got := sim.manifestOf(attempt1)
				if want := "1999-12-31T23:00:00Z"; got.SubmittedAt.Format(time.RFC3339) != want {
					t.Errorf("submitted %s, want the event's time %s", got.SubmittedAt, want)
				}
			})
		})
	}
}

func TestWhatIsNoRequestEventIsDeadLetteredWithAReason(t *testing.T) {
	const structured = "application/cloudevents+json"
	event := func(name string, v any) requestMessage {
		return requestMessage{structured, nil, structuredEvent(map[string]any{name: v})}
	}
	binary := func(name string, v any) requestMessage {
		return requestMessage{"application/json", binaryEvent("cloudEvents_", map[string]any{name: v}), exportRequest}
	}
	mixed := binaryEvent("cloudEvents_", nil)
	maps.Copy(mixed, binaryEvent("cloudEvents:", nil))
	const other, broken = dsr.ReasonUnsupportedEventType, dsr.ReasonInvalidRequest
	for name, tt := range map[string]struct {
		m      requestMessage
		reason string
	}{
		"an event of another type":              {event("type", "secret.type"), other},
		"an event without a type":               {event("type", nil), other},
		"an event of another version":           {event("specversion", "0.3"), other},
		"an event without an id":                {event("id", nil), other},
		"an event without a source":             {event("source", ""), other},
		"an event with a number for a type":     {event("type", 1), other},
		"an event whose time is none":           {event("time", "secret"), other},
		"an event of data that is no JSON":      {event("datacontenttype", "text/secret"), other},
		"an event without data":                 {event("data", nil), broken},
		"an event with null for data":           {event("data", json.RawMessage("null")), broken},
		"an event with data twice":              {event("data_base64", "e30="), broken},
		"an event whose data is no request":     {event("data", "secret"), broken},
		"an event whose Base64 is none":         {requestMessage{structured, nil, structuredEvent(map[string]any{"data": nil, "data_base64": "secret!"})}, broken},
		"an event that is no JSON":              {requestMessage{structured, nil, "secret"}, broken},
		"an event that is an array":             {requestMessage{structured, nil, "[" + structuredEvent(nil) + "]"}, broken},
		"an event with a member that is double": {requestMessage{structured, nil, strings.Replace(structuredEvent(nil), "{", `{"type":"secret",`, 1)}, broken},
		"a type in another case":                {requestMessage{structured, nil, strings.Replace(structuredEvent(nil), `"type"`, `"Type"`, 1)}, other},
		"a batch of events":                     {requestMessage{"application/cloudevents-batch+json", nil, "[" + structuredEvent(nil) + "]"}, other},
		"an event in another format":            {requestMessage{"application/cloudevents+avro", nil, "secret"}, other},
		"a binary event of another type":        {binary("type", "secret.type"), other},
		"a binary event without a version":      {binary("specversion", nil), other},
		"a binary event with a number for type": {binary("type", 1.0), other},
		"a binary event of another media type":  {requestMessage{"text/xml", binaryEvent("cloudEvents:", nil), exportRequest}, other},
		"a binary event of both prefixes":       {requestMessage{"", mixed, exportRequest}, other},
		"a structured event without its type":   {requestMessage{"application/json", nil, structuredEvent(nil)}, broken},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.receive(tt.m)
				dead := sim.deadLetters(dsr.QueueRequests)
				if len(dead) != 1 || !strings.HasPrefix(dead[0], tt.reason+": ") {
					t.Fatalf("dead letters %q, want one %s", dead, tt.reason)
				}

				if strings.Contains(dead[0], "secret") {
					t.Errorf("the description quotes a value: %s", dead[0])
				}
				if names := slices.Concat(sim.names(sim.audit, ""), sim.names(sim.exports, ""), sim.names(sim.index, "")); len(names) > 0 {
					t.Errorf("stored %v", names)
				}
			})
		})
	}
}
