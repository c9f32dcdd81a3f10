package simulation_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/telemetry/telemetrytest"
)

// senderTrace is the trace of whoever sends the request.
const senderTrace = "00-11111111111111111111111111111111-2222222222222222-01"

// traced runs the standard request, sent by a sender with a trace of its own, and returns
// what a collector got.
func traced(t *testing.T, sim *simulation) *telemetrytest.Receiver {
	t.Helper()
	receiver := telemetrytest.NewReceiver(t)
	recorder := receiver.Start(nil)
	sim.telemetry = recorder
	sim.send(dsr.QueueRequests, dsr.Message{
		ID:         "ada.lovelace@example.org",
		Body:       []byte(exportRequest),
		Properties: map[string]any{"traceparent": senderTrace, "sender": "ada.lovelace@example.org"},
	})
	sim.run(72 * time.Hour)
	sim.mustBeIdle()
	recorder.Close(time.Second)
	return receiver
}

func TestARequestIsOneTraceAndEverySpanHasItsParent(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		spans := traced(t, sim).Spans()
		trace, root := attempt1.Trace()

		byID := map[string]telemetrytest.Span{}
		for _, s := range spans {
			if s.TraceID != hex.EncodeToString(trace[:]) {
				continue
			}
			if _, twice := byID[s.ID]; twice {
				t.Errorf("two spans have the id of %q", s.Name)
			}
			byID[s.ID] = s
		}

		for id, s := range byID {
			if id == hex.EncodeToString(root[:]) {
				if s.Parent != "" || s.Name != "request" {
					t.Errorf("the root is %+v", s)
				}
				continue
			}
			if _, known := byID[s.Parent]; !known {
				t.Errorf("%q has the parent %s, which nobody recorded", s.Name, s.Parent)
			}
		}

		want := map[string]int{"request": 1, "process dsr-requests": 1, "process dsr-exports": 3, "send dsr-exports": 3, "process dsr-closings": 1, "GET ": 3}
		for prefix, least := range want {
			n := 0
			for _, s := range byID {
				if strings.HasPrefix(s.Name, prefix) {
					n++
				}
			}
			if n < least {
				t.Errorf("%d spans are called %q, not %d", n, prefix, least)
			}
		}
	})
}

func TestTheSenderAndTheHostAreLinked(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		for _, s := range traced(t, sim).Spans() {
			links := map[telemetrytest.Link]bool{}
			for _, l := range s.Links {
				links[l] = true
			}
			host := telemetrytest.Link{TraceID: "0af7651916cd43dd8448eb211c80319c", ID: "b7ad6b7169203331"}
			if strings.HasPrefix(s.Name, "process ") && !links[host] {
				t.Errorf("%s is not linked to its invocation: %v", s.Name, s.Links)
			}
			sender := telemetrytest.Link{TraceID: "11111111111111111111111111111111", ID: "2222222222222222"}
			if (s.Name == "process dsr-requests") != links[sender] {
				t.Errorf("%s is linked to %v", s.Name, s.Links)
			}
		}
	})
}

// TestNoAttributeNamesAnybody plants names in all that a sender and an upstream can write.
func TestNoAttributeNamesAnybody(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		receiver := traced(t, sim)
		if len(receiver.Spans()) == 0 || len(receiver.Metrics()) == 0 {
			t.Fatal("nothing was recorded")
		}
		// A name that hex digits can't spell.
		personal := []string{"@", "lovelace", "11111111-2222-3333-4444-555555555555", "example.org", "team", "group-1", "models/"}
		check := func(where, key, value string) {
			for _, p := range personal {
				if strings.Contains(strings.ToLower(value), p) || strings.Contains(strings.ToLower(key), p) {
					t.Errorf("%s has %s=%q", where, key, value)
				}
			}
		}

		for _, s := range receiver.Spans() {
			check("a span", "name", s.Name)
			for k, v := range s.Attributes {
				check(s.Name, k, v)
			}
		}
		for _, m := range receiver.Metrics() {
			for _, p := range m.Points {
				for k, v := range p.Attributes {
					check(m.Name, k, v)
				}
			}
		}
	})
}
