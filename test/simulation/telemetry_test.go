package simulation_test

import (
	"encoding/hex"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/app"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/telemetry/telemetrytest"
	fake "azureml-dsr/test/emulator/fakeml"
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
			parent, known := byID[s.Parent]
			if !known {
				t.Errorf("%q has the parent %s, which nobody recorded", s.Name, s.Parent)
			}
			if queue, ok := strings.CutPrefix(s.Name, "process "); ok && queue != dsr.QueueRequests && parent.Name != "send "+queue {
				t.Errorf("%q is below %q", s.Name, parent.Name)
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

// TestTheMetricsAreWhatTheManifestSays compares what is counted with what is recorded.
func TestTheMetricsAreWhatTheManifestSays(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		receiver := traced(t, sim)
		sums, counts := map[string]float64{}, map[string]uint64{}
		for _, m := range lastOfEach(receiver.Metrics()) {
			for _, p := range m.Points {
				sums[m.Name] += p.Value
				counts[m.Name] += p.Count
			}
		}

		m := sim.manifestOf(attempt1)
		var documents int64
		for row, c := range m.Totals {
			if _, same := app.SameRows()[row]; !same {
				documents += c.Documents
			}
		}
		var served uint64
		for _, s := range sim.upstream.Served() {
			served += uint64(s.Count)
		}
		want := map[string]float64{
			"dsr.documents":       float64(documents),
			"dsr.failures":        float64(len(m.Failures)),
			"dsr.requests.closed": 1,
		}
		for name, n := range want {
			if sums[name] != n {
				t.Errorf("%s is %v, not %v", name, sums[name], n)
			}
		}
		if calls := counts["http.client.request.duration"]; calls != served || served == 0 {
			t.Errorf("%d calls, not %d", calls, served)
		}
		for _, name := range []string{"dsr.upstream.io", "messaging.client.sent.messages", "dsr.cost.operations"} {
			if sums[name] <= 0 {
				t.Errorf("%s is %v", name, sums[name])
			}
		}
		for _, name := range []string{"messaging.process.duration", "dsr.queue.age"} {
			if counts[name] == 0 {
				t.Errorf("%s counts nothing", name)
			}
		}
		if days := sums["dsr.request.time_to_due"]; days < 27 || days > 31 {
			t.Errorf("%v days are left", days)
		}
	})
}

// lastOfEach returns the latest of each metric, which count from the beginning.
func lastOfEach(all []telemetrytest.Metric) map[string]telemetrytest.Metric {
	out := map[string]telemetrytest.Metric{}
	for _, m := range all {
		out[m.Name] = m
	}
	return out
}

// TestWhatIsRecordedIsDocumented compares spans, metrics and their attributes with the tables
// of docs/operations.md, while the upstream throttles and refuses.
func TestWhatIsRecordedIsDocumented(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(
			fake.Fault{Times: 2, Status: http.StatusTooManyRequests, RetryAfter: "1"},
			fake.Fault{Endpoint: "E02", Status: http.StatusForbidden},
			fake.Fault{Endpoint: "E16", Status: http.StatusForbidden},
		)
		receiver := traced(t, sim)

		metrics := documented(t, "metric", 3)
		seen := map[string]map[string]bool{}
		for _, m := range receiver.Metrics() {
			for _, p := range m.Points {
				for key := range p.Attributes {
					note(seen, m.Name, key)
				}
				note(seen, m.Name, "")
			}
		}
		// The storage of this simulation isn't reached by a client, and this request deletes
		// nothing.
		for _, elsewhere := range []string{"dsr.deletions", "dsr.storage.io", "http.server.request.duration", "dsr.telemetry.lost"} {
			delete(metrics, elsewhere)
		}
		for name, attributes := range seen {
			for key := range attributes {
				if key != "" && !metrics[name][key] {
					t.Errorf("the metric %s has %s, which is not documented", name, key)
				}
			}
		}
		for name, attributes := range metrics {
			for key := range attributes {
				if !seen[name][key] {
					t.Errorf("the metric %s is not seen, or not with %q", name, key)
				}
			}
		}

		spans := documented(t, "span", 2)
		for _, s := range receiver.Spans() {
			kind := documentedName(s.Name)
			if spans[kind] == nil {
				t.Errorf("the span %q is not documented", s.Name)
			}
			for key := range s.Attributes {
				if key != "error.type" && !spans[kind][key] {
					t.Errorf("the span %q has %s, which is not documented", s.Name, key)
				}
			}
		}
	})
}

func note(seen map[string]map[string]bool, name, key string) {
	if seen[name] == nil {
		seen[name] = map[string]bool{}
	}
	seen[name][key] = true
}

// documentedName returns what docs/operations.md calls a span.
func documentedName(span string) string {
	verb, _, more := strings.Cut(span, " ")
	switch {
	case !more:
		return span
	case verb == "process", verb == "send":
		return verb + " QUEUE"
	default:
		return "METHOD ROW"
	}
}

// documented returns the attributes by name that a table of docs/operations.md has in a cell.
func documented(t *testing.T, heading string, cell int) map[string]map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n| "+heading+" |")
	table, _, _ = strings.Cut(table, "\n\n")

	code := regexp.MustCompile("`([^`]+)`")
	out := map[string]map[string]bool{}
	for _, l := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(strings.Trim(l, "| "), " | ")
		for _, name := range code.FindAllStringSubmatch(cells[0], -1) {
			note(out, name[1], "")
			for _, key := range code.FindAllStringSubmatch(cells[cell], -1) {
				note(out, name[1], key[1])
			}
		}
	}
	return out
}
