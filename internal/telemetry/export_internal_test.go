package telemetry

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// collector answers exports one after another, the last answer for ever.
type collector struct {
	answers []func(*http.Request) (*http.Response, error)
	calls   int
}

func (c *collector) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := c.answers[min(c.calls, len(c.answers)-1)]
	c.calls++
	return answer(r)
}

func answers(status int, body string, headers ...string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{}
		for i := 0; i < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: http.NoBody, Request: r}, nil
	}
}

func hangs(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func breaksOff(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }

func panics(*http.Request) (*http.Response, error) { panic("no") }

// exporting returns a Recorder of spans to a collector, and what it logs.
func exporting(c *collector) (*Recorder, *bytes.Buffer) {
	s := Read(func(name string) string {
		return map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector.invalid/v1/traces"}[name]
	}, "1")
	var log bytes.Buffer
	return New(s, Options{Logger: slog.New(slog.NewTextHandler(&log, nil)), Client: &http.Client{Transport: c}}), &log
}

// record records n spans, and returns how long that took.
func record(ctx context.Context, r *Recorder, n int) time.Duration {
	begun := time.Now()
	for range n {
		_, s := r.Begin(ctx, "process", Consumer, Beginning{})
		s.End()
	}
	return time.Since(begun)
}

// TestACollectorThatFailsCostsNothingButWhatIsLost holds what a collector does against how
// long the work and the end of the process take, and what is said to be lost.
func TestACollectorThatFailsCostsNothingButWhatIsLost(t *testing.T) {
	type answer = func(*http.Request) (*http.Response, error)
	for name, tt := range map[string]struct {
		answers []answer
		calls   int // at least
		lost    string
	}{
		"takes it":                        {[]answer{answers(200, "")}, 1, ""},
		"is busy once":                    {[]answer{answers(503, ""), answers(200, "")}, 2, ""},
		"asks for a pause":                {[]answer{answers(429, "", "Retry-After", "2"), answers(200, "")}, 2, ""},
		"asks for too long a pause":       {[]answer{answers(429, "", "Retry-After", "600")}, 1, "spans=10"},
		"refuses":                         {[]answer{answers(400, "")}, 1, "spans=10"},
		"redirects":                       {[]answer{answers(307, "", "Location", "http://elsewhere.invalid")}, 1, "spans=10"},
		"is not there":                    {[]answer{breaksOff}, maxTries, "spans=10"},
		"is not there at first":           {[]answer{breaksOff, answers(200, "")}, 2, ""},
		"panics":                          {[]answer{panics}, 1, "spans=10"},
		"never answers":                   {[]answer{hangs}, 1, "spans=10"},
		"answers the second time at last": {[]answer{hangs, answers(200, "")}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &collector{answers: tt.answers}
				r, log := exporting(c)
				if took := record(t.Context(), r, 10); took != 0 {
					t.Errorf("recording took %s", took)
				}
				<-time.After(2 * time.Minute)
				r.Close(3 * time.Second)
				synctest.Wait()

				if c.calls < tt.calls {
					t.Errorf("%d calls, not %d", c.calls, tt.calls)
				}
				if tt.lost == "" && log.Len() > 0 || !strings.Contains(log.String(), tt.lost) {
					t.Errorf("it logs %q, not %q", log, tt.lost)
				}
			})
		})
	}
}

func TestTheEndOfTheProcessWaitsForThreeSecondsAtMost(t *testing.T) {
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){"never answers": hangs, "is not there": breaksOff} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, log := exporting(&collector{answers: []func(*http.Request) (*http.Response, error){answer}})
				record(t.Context(), r, maxBuffered+5)
				begun := time.Now()
				r.Close(3 * time.Second)
				if took := time.Since(begun); took > 3*time.Second+countingTime {
					t.Errorf("the end took %s", took)
				}
				synctest.Wait()
				if lost := lostSpans(log.String()); lost != maxBuffered+5 {
					t.Errorf("it says that %d spans are lost: %s", lost, log)
				}
			})
		})
	}
}

// lostSpans returns how many spans a log says are lost.
func lostSpans(log string) (n int) {
	for _, m := range regexp.MustCompile(`spans=(\d+)`).FindAllStringSubmatch(log, -1) {
		lost, _ := strconv.Atoi(m[1])
		n += lost
	}
	return n
}

// TestWhatIsLostIsAMetricToo looks at what is collected after a loss.
func TestWhatIsLostIsAMetricToo(t *testing.T) {
	var l losses
	l.count(ofSpans, 7, func() (int64, error) { return 7, errRejected })
	l.count(ofPoints, 3, func() (int64, error) { panic("no") })
	m := newMetrics(true, time.Now())
	l.record(m)
	l.record(m) // counts nothing twice

	got := map[string]float64{}
	for _, p := range m.collect(time.Now())[0].points {
		got[p.attrs[0].Value] = p.sum
	}
	if got["spans"] != 7 || got["points"] != 3 {
		t.Errorf("the metric says %v", got)
	}
}

func TestAPartThatIsRefusedIsCounted(t *testing.T) {
	for answer, want := range map[string]int64{
		"":                           0,
		"\x0a\x02\x08\x05":           5,
		"\x0a\x03\x08\xac\x02":       300,
		"\x0a\x06\x08\x05\x12\x02no": 5,
		"\x0a\x02\x12\x00":           0,
		"\x0a":                       0,
		"\x0a\x7f\x08":               0,
		"\x0a\x01\x08":               0,
		"{\"partialSuccess\":{}}":    0,
	} {
		if got := rejected([]byte(answer)); got != want {
			t.Errorf("%q: %d, not %d", answer, got, want)
		}
	}
}

func TestAWholeTraceIsSampledOrNot(t *testing.T) {
	r := &Recorder{spans: newBuffer(), metrics: newMetrics(true, time.Now()), sampler: Sampler{Ratio: 0.25}, spanExporters: []spanExporter{nil}}
	other := &Recorder{spans: newBuffer(), metrics: newMetrics(true, time.Now()), sampler: Sampler{Ratio: 0.25}, spanExporters: []spanExporter{nil}}
	taken := 0
	for range 1000 {
		trace := newTraceID()
		ours := Beginning{Parent: SpanContext{TraceID: trace, SpanID: newSpanID(), Sampled: true}, Ours: true}
		ctx, _ := r.Begin(t.Context(), "process", Consumer, ours)
		_, below := Start(ctx, "GET", Client)
		sampled := Current(ctx) != nil
		elsewhere, _ := other.Begin(t.Context(), "process", Consumer, ours)
		if (below != nil) != sampled || (Current(elsewhere) != nil) != sampled {
			t.Fatal("only a part of a trace is sampled")
		}
		passed, sent := StartIn(elsewhere, "send", Producer, ours.Parent)
		if passed.Sampled != sampled || (sent != nil) != sampled {
			t.Fatalf("a message says %+v", passed)
		}
		if sampled {
			taken++
		}
	}
	if taken < 200 || taken > 300 {
		t.Errorf("%d of 1000 traces are sampled, not about 250", taken)
	}
}

func TestACallersDecisionCountsWhereItIsToBeFollowed(t *testing.T) {
	for name, tt := range map[string]struct {
		sampler         Sampler
		caller, sampled bool
	}{
		"followed":           {Sampler{ByParent: true, Ratio: 0}, true, true},
		"followed, too":      {Sampler{ByParent: true, Ratio: 1}, false, false},
		"not to be followed": {Sampler{Ratio: 1}, false, true},
		"always off":         {Sampler{}, true, false},
	} {
		r := &Recorder{sampler: tt.sampler, spanExporters: []spanExporter{nil}}
		ctx, _ := r.Begin(t.Context(), "GET", Server, Beginning{Parent: SpanContext{TraceID: newTraceID(), SpanID: newSpanID(), Sampled: tt.caller}})
		if (Current(ctx) != nil) != tt.sampled {
			t.Errorf("%s: sampled is %t", name, !tt.sampled)
		}
	}
}

func TestABufferThatIsFullCountsWhatItDoesNotTake(t *testing.T) {
	b := newBuffer()
	for range maxBuffered + 5 {
		b.add(&data{name: "span"})
	}
	waiting, lost := b.take()
	if len(waiting) != maxBuffered || lost != 5 {
		t.Errorf("%d spans wait, %d are lost", len(waiting), lost)
	}

	b.add(&data{name: "later"})
	if waiting[0].name != "span" {
		t.Error("what was taken is overwritten")
	}
	if again, lost := b.take(); len(again) != 1 || again[0].name != "later" || lost != 0 {
		t.Errorf("then %d spans wait, %d are lost", len(again), lost)
	}
}
