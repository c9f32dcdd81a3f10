package simulation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/verify"
	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/servicebus/queue"
)

var attempt1 = dsr.Attempt{RequestID: testRequest, Number: 1}

// inSimulation runs a test in a simulation of its own, on a clock that stands still while
// anything goes on.
func inSimulation(t *testing.T, f func(t *testing.T, w *simulation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newSimulation(t, smallAccount(), 2)
		defer w.close()
		f(t, w)
	})
}

func (w *simulation) names(b archive.Backend, prefix string) []string {
	w.t.Helper()
	var out []string
	for info, err := range b.List(context.Background(), prefix, "") {
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, info.Name)
	}
	return out
}

func (w *simulation) served(endpoint string) int {
	n := 0
	for _, s := range w.upstream.Served() {
		if s.Endpoint == endpoint {
			n += s.Count
		}
	}
	return n
}

// dead returns the reason and description of the messages in a dead-letter queue.
func (w *simulation) dead(name string) []string {
	var out []string
	for _, d := range w.queue(bus.DeadLetter(name)).Peek(0, 1000) {
		var words []string
		for _, p := range d.Properties {
			words = append(words, fmt.Sprint(p.Value))
		}
		out = append(out, strings.Join(words, ": "))
	}
	return out
}

func TestUpstreamFaultsEndInAManifestThatSaysSo(t *testing.T) {
	tests := []struct {
		name     string
		fault    fake.Fault
		status   dsr.Status
		failures []string // endpoint, item and reason, joined
		totals   map[string]dsr.Counts
	}{
		{
			name: "an id that the page before already had counts as repeated", fault: fake.Fault{Endpoint: "E14", Repeat: true},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E14": {Calls: 2, Documents: 2, Repeated: 1}, "E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "an item that vanished between list and read is gone", fault: fake.Fault{Endpoint: "E16", Vanish: true, Match: "run-000001"},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 2, Gone: 1}},
		},
		{
			name: "a list of an item that vanished is gone", fault: fake.Fault{
				Endpoint: "E19",
				Status:   404,
				Match:    "run-000001",
				Skip:     1,
			},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E19": {Calls: 5, Documents: 4, Gone: 1}},
		},
		{
			name: "an expired cursor starts the list anew", fault: fake.Fault{Endpoint: "E14", ExpireCursor: true, Times: 1},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E14": {Calls: 2, Documents: 2}, "E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "a cursor that expires in each generation fails the list", fault: fake.Fault{Endpoint: "E14", ExpireCursor: true},
			status: dsr.StatusPartiallyFailed, failures: []string{"E14 CursorExpired"},
		},
		{
			name: "an empty page with a link is not the end", fault: fake.Fault{Endpoint: "E14", EmptyPage: true, Times: 1},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E14": {Calls: 3, Documents: 3}, "E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "a continuation token without a link is followed", fault: fake.Fault{Endpoint: "E14", NoNextLink: true},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "a list may be a bare array", fault: fake.Fault{Endpoint: "E14", BareArray: true},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E14": {Calls: 1, Documents: 1}, "E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "an item that is refused for good is named and the others go on", fault: fake.Fault{Endpoint: "E16", Status: 403, Match: "run-000001"},
			status: dsr.StatusPartiallyFailed, failures: []string{"E16 run-000001 Forbidden"},
			totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 2, Failed: 1}},
		},
		{
			name: "a list that is refused for good fails once", fault: fake.Fault{Endpoint: "E14", Status: 403},
			status: dsr.StatusPartiallyFailed, failures: []string{"E14 Forbidden"},
		},
		{
			name: "a failure that passes is retried through the dead-letter queue", fault: fake.Fault{Endpoint: "E14", Status: 500, Times: 9},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "a failure that stays is given up after the last delay", fault: fake.Fault{Endpoint: "E02", Status: 500},
			status: dsr.StatusPartiallyFailed, failures: []string{"E02 Transient"},
		},
		{
			name: "throttling is waited for and spends nothing", fault: fake.Fault{
				Endpoint:   "E16",
				Status:     429,
				RetryAfter: "600",
				Times:      12,
			},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "an answer that stalls is asked for again", fault: fake.Fault{Endpoint: "E16", Stall: true, Times: 3},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "an upstream that only stalls is given up", fault: fake.Fault{Endpoint: "E02", Stall: true},
			status: dsr.StatusPartiallyFailed, failures: []string{"E02 Transient"},
		},
		{
			name: "a body that breaks off is read again", fault: fake.Fault{Endpoint: "E16", Truncate: true, Times: 2},
			status: dsr.StatusSucceeded, totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 3}},
		},
		{
			name: "a link to another origin is not followed", fault: fake.Fault{Endpoint: "E14", ForeignNextLink: "https://evil.example/next", Times: 1},
			status: dsr.StatusPartiallyFailed, failures: []string{"E14 ForeignLink"},
		},
		{
			name: "a contentUri outside the blob hosts is that artifact's failure", fault: fake.Fault{Endpoint: "E23", ForeignContentURI: "https://evil.example/a?sig=x", Times: 1},
			status: dsr.StatusPartiallyFailed, failures: []string{"E23 ForeignLink"},
			totals: map[string]dsr.Counts{"E23": {Calls: 9, Documents: 9, Failed: 1}},
		},
		{
			name: "a redirect is not followed", fault: fake.Fault{Endpoint: "E03", Redirect: "https://evil.example/", Times: 1},
			status: dsr.StatusPartiallyFailed, failures: []string{"E03 Redirect"},
		},
		{
			name: "an answer that is no JSON is that item's failure", fault: fake.Fault{
				Endpoint: "E16",
				Status:   200,
				Body:     "<html>",
				Match:    "run-000001",
			},
			status: dsr.StatusPartiallyFailed, failures: []string{"E16 run-000001 MalformedAnswer"},
		},
		{
			name: "a list that is no JSON fails", fault: fake.Fault{Endpoint: "E14", Status: 200, Body: "<html>"},
			status: dsr.StatusPartiallyFailed, failures: []string{"E14 MalformedAnswer"},
		},
		{
			name: "an account that isn't there is never exported", fault: fake.Fault{Endpoint: "E27", Status: 404},
			status: dsr.StatusPartiallyFailed, failures: []string{"E27 TargetNotFound"},
			totals: map[string]dsr.Counts{"E27": {Failed: 1}, "E14": {}, "E03": {Calls: 1, Documents: 1}},
		},
		{
			name: "a discovery that is refused for good is a failure", fault: fake.Fault{Endpoint: "PR", Status: 403},
			status: dsr.StatusPartiallyFailed, failures: []string{"E29 Forbidden"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inSimulation(t, func(t *testing.T, w *simulation) {
				w.upstream.SetFaults(tt.fault)
				w.submit(exportRequest)
				w.run(24 * time.Hour)
				if !w.idle() {
					t.Fatal("something is left open or waiting")
				}

				got := w.outcome()
				if got.Status != tt.status {
					t.Errorf("status %s, failures %v; want %s", got.Status, got.Failures, tt.status)
				}

				checkFailures(t, w, tt.failures)

				for id, want := range tt.totals {
					c := got.Totals[id]
					c.Bytes = 0
					if c != want {
						t.Errorf("%s: %+v, want %+v", id, c, want)
					}
				}
			})
		})
	}
}

// checkFailures compares the manifest's failures, each as words that must all
// stand in it.
func checkFailures(t *testing.T, w *simulation, want []string) {
	t.Helper()
	m := decode[dsr.Manifest](t, readBlob(t, w.audit, attempt1.Manifest()))
	if len(m.Failures) != len(want) {
		t.Fatalf("failures %+v, want %v", m.Failures, want)
	}

	for i, words := range want {
		text := fmt.Sprint(m.Failures[i].Endpoint, " ", m.Failures[i].Item, " ", m.Failures[i].Reason)
		for _, word := range strings.Fields(words) {
			if !strings.Contains(text, word) {
				t.Errorf("failure %q lacks %q", text, word)
			}
		}

		if m.Failures[i].Target == "" || m.Failures[i].Error == "" {
			t.Errorf("failure %+v names no target or error", m.Failures[i])
		}
	}
}

func TestThrottlingSpendsNoDelivery(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.upstream.SetFaults(fake.Fault{
			Endpoint:   "E02",
			Status:     429,
			RetryAfter: "600",
			Times:      20,
		})
		w.submit(exportRequest)
		w.run(24 * time.Hour)

		if got := w.outcome().Status; got != dsr.StatusSucceeded {
			t.Errorf("status %s", got)
		}

		for _, name := range w.names(w.audit, attempt1.Prefix()+"hops/") {
			h := decode[dsr.Hop](t, readBlob(t, w.audit, name))
			if h.Class != dsr.HopThrottled {
				t.Errorf("%s: class %s, want throttled", name, h.Class)
			}
			// Tasks that met the closed gate wait for what was left of it.
			if wait := h.NotBefore.Sub(h.RecordedAt); strings.Contains(name, "-models/") && wait < 10*time.Minute {
				t.Errorf("%s waits %s, less than its Retry-After", name, wait)
			}
		}

		if n := w.served("E02"); n > 21+1 {
			t.Errorf("%d calls: the upstream was asked inside its Retry-After", n)
		}
	})
}

func TestRetriesWaitLongerEachTime(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.upstream.SetFaults(fake.Fault{Endpoint: "E02", Status: 500})
		w.submit(exportRequest)
		w.run(24 * time.Hour)
		hops := w.names(w.audit, attempt1.Prefix()+"hops/")
		if len(hops) != 3 {
			t.Fatalf("hops %v, want one for each delay", hops)
		}

		for i, least := range []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute} {
			h := decode[dsr.Hop](t, readBlob(t, w.audit, hops[i]))
			if wait := h.NotBefore.Sub(h.RecordedAt); h.Class != dsr.HopTransient || wait < least || wait > 2*least {
				t.Errorf("hop %d: class %s, waits %s, want at least %s", h.Number, h.Class, wait, least)
			}
		}
	})
}

func TestARecordedHopIsSentAsRecordedAndNotWorkedOnBefore(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.upstream.SetFaults(fake.Fault{Endpoint: "E02", Status: 500, Times: 4})
		w.live = w.newProcess(&faultInjector{on: func(name string) bool { return name == "dead-letter "+dsr.QueueExports }})
		w.submit(exportRequest)

		for !w.live.wire.isDead() {
			if !w.step() {
				<-time.After(time.Second)
			}
		}

		calls := w.served("E02")

		for deadline := time.Now().Add(50 * time.Second); time.Now().Before(deadline); {
			if !w.step() {
				<-time.After(time.Second)
			}
		}

		if now := w.served("E02"); now != calls {
			t.Errorf("the list was called %d times before the recorded hop was due", now-calls)
		}

		w.run(time.Hour)

		if got := w.outcome(); got.Status != dsr.StatusSucceeded || !w.idle() {
			t.Errorf("status %s, failures %v", got.Status, got.Failures)
		}
		if hops := w.names(w.audit, attempt1.Prefix()+"hops/"); len(hops) != 1 {
			t.Errorf("hops %v, want the one that was recorded", hops)
		}
	})
}

func TestATaskWithAReceiptIsNotWorkedOnAgain(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		var messages []dsr.Message
		w.submit(exportRequest)

		for deadline := time.Now().Add(time.Hour); !w.idle() && time.Now().Before(deadline); {
			for _, d := range w.queue(dsr.QueueExports).Peek(0, 1000) {
				messages = append(messages, d.Payload.(dsr.Message))
			}
			if !w.step() {
				<-time.After(time.Second)
			}
		}

		served, blobs := w.upstream.Served(), len(w.names(w.audit, ""))+len(w.names(w.exports, ""))+len(w.names(w.index, ""))

		for i, m := range messages {
			var k dsr.Task
			if err := json.Unmarshal(m.Body, &k); err != nil {
				t.Fatal(err)
			}

			k.Hop = 1
			late, err := k.Message(time.Time{})
			if err != nil {
				t.Fatal(err)
			}

			late.ID += fmt.Sprint(" late ", i)
			w.send(dsr.QueueExports, late)
		}

		w.run(time.Hour)

		if diff := cmp.Diff(served, w.upstream.Served()); diff != "" {
			t.Errorf("the upstream was called again (-before +after):\n%s", diff)
		}
		if now := len(w.names(w.audit, "")) + len(w.names(w.exports, "")) + len(w.names(w.index, "")); now != blobs {
			t.Errorf("%d blobs, then %d", blobs, now)
		}
	})
}

func TestTheSameRequestTwiceIsDoneOnce(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(exportRequest)
		w.submit(exportRequest)
		w.run(time.Hour)
		manifest := readBlob(t, w.audit, attempt1.Manifest())
		before := w.served("E16")
		w.submit(strings.Replace(exportRequest, `"kind"`, `"submittedAt":"2000-01-02T03:04:05Z","source":"again","kind"`, 1))
		w.step()

		if !w.idle() {
			t.Error("a closed request was opened again")
		}

		w.run(time.Hour)

		if !w.idle() || w.served("E16") != before || before != 3 {
			t.Errorf("E16 was served %d times, then %d", before, w.served("E16"))
		}
		if string(manifest) != string(readBlob(t, w.audit, attempt1.Manifest())) {
			t.Error("the manifest changed")
		}
	})
}

func TestTheSameIDWithOtherContentIsRefused(t *testing.T) {
	others := map[string]string{
		"another person": strings.Replace(exportRequest, "ada@", "bob@", 1),
		"another scope":  strings.Replace(exportRequest, `,"modelManagementAccount":"models"`, "", 1),
	}
	for name, other := range others {
		for _, when := range []string{"at once", "after it was closed"} {
			t.Run(name+" "+when, func(t *testing.T) {
				inSimulation(t, func(t *testing.T, w *simulation) {
					w.submit(exportRequest)
					if when != "at once" {
						w.run(time.Hour)
					}

					w.submit(other)
					w.run(time.Hour)

					if dead := w.dead(dsr.QueueRequests); len(dead) != 1 || !strings.HasPrefix(dead[0], dsr.ReasonConflictingRequest) {
						t.Errorf("dead letters %q, want one %s", dead, dsr.ReasonConflictingRequest)
					}
					if got := w.outcome(); got.Status != dsr.StatusSucceeded || got.Totals["E03"].Documents != 1 {
						t.Errorf("the first request: %s %+v", got.Status, got.Totals["E03"])
					}
				})
			})
		}
	}
}

func TestTwoRequestsWithOneIDNeverMix(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		// The first one dies between its subject and its request, and its message
		// is still held when the second one, about somebody else, is served.
		w.live = w.newProcess(&faultInjector{after: true, on: func(name string) bool { return strings.HasSuffix(name, "subject.json") }})
		w.submit(exportRequest)
		w.step()
		first, ok := w.queue(dsr.QueueRequests).Receive()
		if !ok {
			t.Fatal("the first request's message is gone")
		}

		w.submit(strings.Replace(exportRequest, "ada@", "bob@", 1))
		w.step()

		if dead := w.dead(dsr.QueueRequests); len(dead) != 1 || !strings.HasPrefix(dead[0], dsr.ReasonConflictingRequest) {
			t.Errorf("dead letters %q, want the second request as %s", dead, dsr.ReasonConflictingRequest)
		}

		if err := w.queue(dsr.QueueRequests).Settle(queue.Abandon, nil, first.Token); err != nil {
			t.Fatal(err)
		}

		w.run(time.Hour)

		if got := w.outcome(); got.Status != dsr.StatusSucceeded {
			t.Errorf("the first request: %s %v", got.Status, got.Failures)
		}
		if subject := string(readBlob(t, w.exports, testRequest+"/subject.json")); !strings.Contains(subject, "ada@") {
			t.Errorf("subject %s", subject)
		}
	})
}

func TestEveryTaskDeliveredTwiceChangesNothing(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(exportRequest)
		seen := map[string]bool{}
		for deadline := time.Now().Add(time.Hour); !w.idle() && time.Now().Before(deadline); {
			for _, d := range w.queue(dsr.QueueExports).Peek(0, 1000) {
				m := d.Payload.(dsr.Message)
				if !seen[m.ID] {
					seen[m.ID], seen[m.ID+" again"] = true, true
					m.ID += " again"
					w.send(dsr.QueueExports, m)
				}
			}

			if !w.step() {
				<-time.After(time.Second)
			}
		}

		checkOutcome(t, w, want)
	})
}

func TestAPlanWithoutTasksCloses(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(`{"schemaVersion":"1.0","id":"request-1","kind":"export","scope":[{"subscriptionId":"sub-1"}]}`)
		w.run(time.Minute) // long before dsr_watch looks
		m := decode[dsr.Manifest](t, readBlob(t, w.audit, attempt1.Manifest()))
		if m.Status != dsr.StatusSucceeded || len(m.Parts) != 0 || len(m.NotCovered) < 3 {
			t.Errorf("manifest %+v", m)
		}
		if !w.idle() {
			t.Error("something is left open or waiting")
		}
	})
}

func TestAPurgedMessageIsFoundAndSentAgain(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	for _, purgeAfter := range []int{1, 2, 5, 9, 14, 20, 27} {
		t.Run(fmt.Sprintf("after %d steps", purgeAfter), func(t *testing.T) {
			inSimulation(t, func(t *testing.T, w *simulation) {
				w.submit(exportRequest)
				for range purgeAfter {
					w.step()
				}

				purged := 0
				for _, q := range w.queues {
					for _, d := range q.Peek(0, 1000) {
						if d.State == queue.Scheduled {
							if err := q.Cancel(d.Sequence); err != nil {
								t.Fatal(err)
							}
						} else if _, ok := q.Take(); !ok {
							t.Fatal("could not purge")
						}
						purged++
					}
				}

				if purged == 0 {
					t.Fatal("nothing was there to purge")
				}

				w.run(3 * time.Hour)
				checkOutcome(t, w, want)
			})
		})
	}
}

func TestABacklogIsNeverDoubled(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(exportRequest)
		w.step()
		w.step()

		// Nobody serves the exports for a day; the reconciler goes on checking.
		for range 24 * 60 {
			<-time.After(time.Minute)
			for w.deliverClosing() {
			}
		}

		if hops := w.names(w.audit, attempt1.Prefix()+"hops/"); len(hops) > 0 {
			t.Errorf("tasks that wait in the queue were sent again: %v", hops)
		}
	})
}

func TestATaskThatWaitsInTheDeadLetterQueueIsNotLost(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.upstream.SetFaults(fake.Fault{Endpoint: "E02", Status: 500})
		w.submit(exportRequest)

		for len(w.dead(dsr.QueueExports)) == 0 {
			if !w.step() {
				<-time.After(time.Second)
			}
		}

		// Nobody serves the dead-letter queue for a day; the reconciler goes on.
		for range 24 * 60 {
			<-time.After(time.Minute)
			for w.deliverClosing() {
			}
			for d, ok := w.queue(dsr.QueueExports).Receive(); ok; d, ok = w.queue(dsr.QueueExports).Receive() {
				w.invoke(w.live, dsr.QueueExports, d, w.live.DSRExport)
			}
		}

		if hops := w.names(w.audit, attempt1.Prefix()+"hops/"); len(hops) != 1 {
			t.Errorf("hops %v, want the one that was recorded with the failure", hops)
		}
	})
}

func TestChecksGoOnByThemselvesAndSlowDown(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(exportRequest)
		w.step() // intake sends one wake-up; nobody serves the tasks
		var at []time.Time
		for end := time.Now().Add(30 * time.Minute); time.Now().Before(end); {
			<-time.After(time.Second)
			for w.deliverClosing() {
				at = append(at, time.Now())
			}
		}
		// 2 s, doubling to 5 minutes: some 8 checks until then, and 5 after.
		if len(at) < 10 || len(at) > 16 {
			t.Fatalf("%d checks in half an hour", len(at))
		}

		if first, last := at[1].Sub(at[0]), at[len(at)-1].Sub(at[len(at)-2]); first > 4*time.Second || last < 4*time.Minute || last > 6*time.Minute {
			t.Errorf("checks are %s apart at first and %s at last", first, last)
		}
	})
}

func TestCheckingNeverTakesMoreThanATenthOfTheTime(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(exportRequest)
		w.step()
		records := ledger.New(archive.New(w.audit, nil), archive.New(w.exports, nil), archive.New(w.index, nil))
		last := dsr.Check{At: time.Now(), Took: 30 * time.Second, Interval: 2 * time.Second}
		open, version, _, err := records.OpenVersion(t.Context(), attempt1)
		if err != nil {
			t.Fatal(err)
		}

		open.LastCheck = &last
		if _, err := records.SwapOpen(t.Context(), open, version); err != nil {
			t.Fatal(err)
		}

		for range 290 { // up to 10 times as long as the check took, no other is made
			<-time.After(time.Second)
			for w.deliverClosing() {
			}
		}

		o, _, err := records.Open(t.Context(), attempt1)
		if err != nil || !o.LastCheck.At.Equal(last.At) {
			t.Errorf("a check was made after %s, %v", o.LastCheck.At.Sub(last.At), err)
		}

		for range 20 {
			<-time.After(time.Second)
			for w.deliverClosing() {
			}
		}

		if o, _, err = records.Open(t.Context(), attempt1); err != nil || o.LastCheck.At.Equal(last.At) {
			t.Errorf("no check was made when its time had come, %v", err)
		}
	})
}

// deliverClosing serves one wake-up; false when there is none.
func (w *simulation) deliverClosing() bool {
	d, ok := w.queue(dsr.QueueClosings).Receive()
	if ok {
		w.invoke(w.live, dsr.QueueClosings, d, w.live.DSRClose)
	}
	return ok
}

func TestARequestWithoutAPlanIsPutBack(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	inSimulation(t, func(t *testing.T, w *simulation) {
		wire := &faultInjector{at: 4} // _open, subject.json, request.json are there; plan.json isn't
		w.live = w.newProcess(wire)
		w.submit(exportRequest)
		w.step()
		if _, ok := w.queue(dsr.QueueRequests).Take(); !ok {
			t.Fatal("the request's message is not there to purge")
		}
		w.run(3 * time.Hour)
		checkOutcome(t, w, want)
	})
}

func TestACanceledExportIsCompleteAtOnce(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(exportRequest)
		for range 6 {
			w.step()
		}

		if err := w.audit.Put(context.Background(), attempt1.Cancel(), []byte("{}"), nil); err != nil {
			t.Fatal(err)
		}

		called := w.served("E16") + w.served("E03") + w.served("E19")

		for range 5 { // only the reconciler is served
			<-time.After(time.Second)
			for w.deliverClosing() {
			}
		}

		if w.queue(dsr.QueueExports).Counts().Active == 0 {
			t.Fatal("no task is left that could come late")
		}

		got := w.outcome()
		w.run(time.Hour)

		if diff := cmp.Diff(got, w.outcome()); diff != "" {
			t.Errorf("tasks that came after the closing changed it:\n%s", diff)
		}
		if got.Status != dsr.StatusCanceled || len(got.Receipts) == 0 {
			t.Errorf("status %s with %d receipts", got.Status, len(got.Receipts))
		}
		if now := w.served("E16") + w.served("E03") + w.served("E19"); now != called {
			t.Errorf("%d calls were made after the export was canceled", now-called)
		}
		if !w.idle() {
			t.Error("something is left open or waiting")
		}
	})
}

func TestWhatIsNoTaskIsParked(t *testing.T) {
	at := func(change func(*dsr.Task)) string {
		task := dsr.Task{
			SchemaVersion: "1.0",
			RequestID:     testRequest,
			Attempt:       1,
			Node:          "00001",
			Pass:          1,
			Page:          1,
			Type:          "hosting-account",
		}
		change(&task)
		body, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}

	bodies := map[string]string{
		"no JSON":                         `{"schemaVersion":`,
		"no plan":                         at(func(k *dsr.Task) { k.RequestID = "unknown" }),
		"another attempt":                 at(func(k *dsr.Task) { k.Attempt = 2 }),
		"a node past the plan":            at(func(k *dsr.Task) { k.Node = "00099" }),
		"another node's type":             at(func(k *dsr.Task) { k.Type = "runs" }),
		"a page that nobody listed":       at(func(k *dsr.Task) { k.Page = 2 }),
		"a generation that nobody began":  at(func(k *dsr.Task) { k.Pass = 2 }),
		"a chunk past the page":           at(func(k *dsr.Task) { k.Chunk = 7 }),
		"a sub-node without a parent":     at(func(k *dsr.Task) { k.Node = "00001~0123456789abcdef" }),
		"a sub-node that nobody hands on": at(func(k *dsr.Task) { k.Node = "00001~0123456789abcdef"; k.Parent = &dsr.Position{Pass: 1, Page: 1} }),
		"a path for an id":                at(func(k *dsr.Task) { k.RequestID = "../other" }),
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			inSimulation(t, func(t *testing.T, w *simulation) {
				w.submit(exportRequest)
				w.run(time.Hour)
				blobs := slices.Concat(w.names(w.audit, ""), w.names(w.exports, ""), w.names(w.index, ""))
				calls := len(w.upstream.Served())
				w.send(dsr.QueueExports, dsr.Message{ID: "forged", Body: []byte(body)})
				w.run(time.Hour)
				after := slices.Concat(w.names(w.audit, ""), w.names(w.exports, ""), w.names(w.index, ""))
				parked := slices.DeleteFunc(slices.Clone(after), func(n string) bool { return slices.Contains(blobs, n) })
				if len(parked) != 1 || !strings.HasPrefix(parked[0], "_poison/dsr-exports/") {
					t.Errorf("new blobs %v, want one under _poison/", parked)
				}
				if len(w.upstream.Served()) != calls || !w.idle() {
					t.Error("it was worked on, or it still waits")
				}
			})
		})
	}
}

func TestBytesThatWereStoredBeforeTheirArtifactVanishedAreNamed(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.live = w.newProcess(&faultInjector{after: true, on: func(name string) bool { return strings.Contains(name, "/content/") }})
		w.submit(exportRequest)

		for !w.live.wire.isDead() {
			if !w.step() {
				<-time.After(time.Second)
			}
		}

		w.upstream.SetFaults(fake.Fault{Endpoint: "E23", Vanish: true})
		w.run(time.Hour)

		if got := w.outcome(); got.Totals["E23"].Gone == 0 {
			t.Errorf("E23 %+v, want some gone", got.Totals["E23"])
		}

		audit, exports := archive.New(w.audit, nil), archive.New(w.exports, nil)
		report, err := verify.Verify(t.Context(), twoContainers{audit, exports}, attempt1, &verify.Options{Same: map[string]string{"E24": "E19"}})
		if err != nil || len(report.Faults) > 0 {
			t.Errorf("faults %+v, %v", report.Faults, err)
		}
	})
}

// twoContainers is an attempt's evidence as it lies in the containers.
type twoContainers struct{ audit, exports *archive.Archive }

func (c twoContainers) home(name string) archive.Backend {
	if strings.Contains(name, "/data/") || strings.HasSuffix(name, "subject.json") {
		return c.exports.Backend()
	}
	return c.audit.Backend()
}

func (c twoContainers) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	body, _, err := c.home(name).Open(ctx, name, 0)
	if errors.Is(err, archive.ErrNotFound) {
		return nil, verify.ErrNotFound
	}
	return body, err
}

func (c twoContainers) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		var names []string
		for _, b := range []archive.Backend{c.audit.Backend(), c.exports.Backend()} {
			for info, err := range b.List(ctx, prefix, "") {
				if err != nil {
					yield("", err)
					return
				}
				names = append(names, info.Name)
			}
		}

		slices.Sort(names)

		for _, n := range names {
			if !yield(n, nil) {
				return
			}
		}
	}
}

func TestWhatWasStoredBeforeACrashIsNotReadAgain(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.live = w.newProcess(&faultInjector{on: func(name string) bool { return strings.Contains(name, "/receipts/00002/") }})
		w.submit(exportRequest)
		w.run(time.Hour)
		if got := w.outcome(); got.Totals["E03"].Documents != 1 || w.served("E03") != 1 || w.served("E02") != 1 {
			t.Errorf("E02 was served %d times and E03 %d times, want once each: their part and page were stored", w.served("E02"), w.served("E03"))
		}
	})
}
