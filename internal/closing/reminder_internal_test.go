package closing

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/wakeup"
)

func TestAnOpenAttemptIsLoggedAsDueSoonOrLateOnceAnHour(t *testing.T) {
	due := time.Date(2026, 12, 24, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		now      time.Time
		last     time.Duration // since the last check; 0: none
		extended time.Duration
		attempt  int
		ordered  time.Time // the second attempt
		want     string
	}{
		"eight days before":                        {now: due.AddDate(0, 0, -8), attempt: 1},
		"seven days before":                        {now: due.AddDate(0, 0, -7), attempt: 1, want: "an attempt is due soon"},
		"a moment before":                          {now: due.Add(-time.Second), attempt: 1, want: "an attempt is due soon"},
		"at its deadline":                          {now: due, attempt: 1, want: "an attempt is late"},
		"weeks later":                              {now: due.AddDate(0, 0, 30), attempt: 1, want: "an attempt is late"},
		"late, checked in this hour":               {now: due.Add(10 * time.Minute), last: 10 * time.Minute, attempt: 1},
		"late, checked in the hour before":         {now: due.Add(10 * time.Minute), last: 11 * time.Minute, attempt: 1, want: "an attempt is late"},
		"past the first deadline, extended":        {now: due.AddDate(0, 0, 1), extended: 30 * day, attempt: 1},
		"past the extension":                       {now: due.AddDate(0, 0, 31), extended: 30 * day, attempt: 1, want: "an attempt is late"},
		"a retry that was ordered late":            {now: due.AddDate(0, 0, 20), attempt: 2, ordered: due.AddDate(0, 0, 20), want: "an attempt is due soon"},
		"a retry that was ordered late, and later": {now: due.AddDate(0, 0, 60), attempt: 2, ordered: due.AddDate(0, 0, 20), want: "an attempt is late"},
	} {
		t.Run(name, func(t *testing.T) {
			store := archive.New(memory.New(), nil)
			l := ledger.New(store, store, store)
			if tt.extended > 0 {
				if _, err := l.RecordExtension(t.Context(), dsr.Extension{RequestID: "r", DueAt: due, Until: due.Add(tt.extended)}); err != nil {
					t.Fatal(err)
				}
			}
			request, err := l.RecordRequest(t.Context(), dsr.RequestRecord{Request: dsr.Request{ID: "r", DueAt: due}})
			if err != nil {
				t.Fatal(err)
			}
			if tt.attempt > 1 {
				if _, err := l.RecordRetry(t.Context(), dsr.Retry{RequestID: "r", Attempt: tt.attempt, RequestedAt: tt.ordered}); err != nil {
					t.Fatal(err)
				}
			}

			var log bytes.Buffer
			c := &Reconciler{Ledger: l, Now: func() time.Time { return tt.now }, Logger: slog.New(slog.NewJSONHandler(&log, nil))}
			var last *dsr.Check
			if tt.last > 0 {
				last = &dsr.Check{At: tt.now.Add(-tt.last)}
			}
			c.remind(t.Context(), dsr.Attempt{RequestID: "r", Number: tt.attempt}, request, last)

			var line struct {
				Msg       string    `json:"msg"`
				RequestID string    `json:"requestId"`
				Attempt   int       `json:"attempt"`
				DueAt     time.Time `json:"dueAt"`
			}
			if log.Len() > 0 {
				if err := json.Unmarshal(log.Bytes(), &line); err != nil {
					t.Fatal(err)
				}
			}
			if line.Msg != tt.want || (tt.want != "" && (line.RequestID != "r" || line.Attempt != tt.attempt || line.DueAt.IsZero())) {
				t.Errorf("logged %q, want %q", log.String(), tt.want)
			}
		})
	}
}

// TestACheckReminds checks a late attempt whose plan is not made yet, twice in an hour.
func TestACheckReminds(t *testing.T) {
	now := time.Date(2026, 12, 24, 12, 0, 0, 0, time.UTC)
	store := archive.New(memory.New(), nil)
	var log bytes.Buffer
	out := &outbox{}
	clock := func() time.Time { return now }
	c := &Reconciler{
		Ledger:    ledger.New(store, store, store),
		Queue:     out,
		Wakeups:   wakeup.New(out, clock),
		LostAfter: time.Hour,
		Now:       clock,
		Logger:    slog.New(slog.NewJSONHandler(&log, nil)),
	}
	request := dsr.RequestRecord{Request: dsr.Request{ID: "r", DueAt: now.AddDate(0, 0, -1)}, ReceivedAt: now}
	if _, err := c.Ledger.RecordRequest(t.Context(), request); err != nil {
		t.Fatal(err)
	}

	for range 2 {
		wakeUp, err := dsr.WakeUpMessage(dsr.Attempt{RequestID: "r", Number: 1}, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Reconcile(t.Context(), wakeUp.Body); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}

	if n := strings.Count(log.String(), `"an attempt is late"`); n != 1 {
		t.Errorf("%d reminders, want one an hour:\n%s", n, log.String())
	}
}
