package simulation_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/verify"
	fake "azureml-dsr/test/emulator/fakeml"
)

func attemptOf(n int) dsr.Attempt { return dsr.Attempt{RequestID: testRequest, Number: n} }

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// records is the ledger as an operator's command has it.
func (w *simulation) records() *ledger.Ledger {
	return ledger.New(archive.New(w.audit, nil), archive.New(w.exports, nil), archive.New(w.index, nil))
}

// order does what `dsr retry` does for an attempt.
func (w *simulation) order(n int, only ...string) {
	w.t.Helper()
	r := dsr.Retry{
		RequestID:   testRequest,
		Attempt:     n,
		Only:        only,
		RequestedAt: time.Now(),
		Previous:    dsr.HashRef{SHA256: hashOf(readBlob(w.t, w.audit, attemptOf(n-1).Manifest()))},
	}
	if _, err := w.records().RecordRetry(context.Background(), r); err != nil {
		w.t.Fatal(err)
	}
	w.sendAttempt(n)
}

// sendAttempt sends the stored request with the number of an attempt.
func (w *simulation) sendAttempt(n int) {
	w.t.Helper()
	request, _, err := w.records().Request(context.Background(), testRequest)
	if err != nil {
		w.t.Fatal(err)
	}
	subject, err := w.records().Subject(context.Background(), testRequest)
	if err != nil {
		w.t.Fatal(err)
	}
	m, err := dsr.ReopenMessage(request, subject, attemptOf(n))
	if err != nil {
		w.t.Fatal(err)
	}

	// As the queue hands a number over.
	m.Properties[dsr.PropAttempt] = float64(n)
	delete(m.Properties, dsr.PropTry)
	w.send(dsr.QueueRequests, m)
}

// checkAttempt checks what an attempt after the first came to, and that it and
// those before it verify.
func checkAttempt(t *testing.T, w *simulation, n int, status dsr.Status, totals map[string]dsr.Counts) dsr.Manifest {
	t.Helper()
	if !w.idle() {
		t.Fatalf("something is left open or waiting: dead letters %v", w.dead(dsr.QueueRequests))
	}

	m := decode[dsr.Manifest](t, readBlob(t, w.audit, attemptOf(n).Manifest()))
	if m.Status != status {
		t.Errorf("attempt %d is %s, want %s: %+v", n, m.Status, status, m.Failures)
	}
	if diff := cmp.Diff(totals, without(m.Totals, func(string) bool { return false })); diff != "" {
		t.Errorf("totals of attempt %d (-want +got):\n%s", n, diff)
	}

	before := readBlob(t, w.audit, attemptOf(n-1).Manifest())
	want := &dsr.Previous{Attempt: n - 1, SHA256: hashOf(before), Totals: decode[dsr.Manifest](t, before).Totals}
	if diff := cmp.Diff(want, m.Previous); diff != "" {
		t.Errorf("previous of attempt %d (-want +got):\n%s", n, diff)
	}

	for k := range n {
		r, err := verify.Verify(context.Background(), twoContainers{archive.New(w.audit, nil), archive.New(w.exports, nil)}, attemptOf(k+1), &verify.Options{Same: map[string]string{"E24": "E19"}})
		if err != nil || len(r.Faults) > 0 {
			t.Errorf("verifying attempt %d: %v %+v", k+1, err, r.Faults)
		}
	}

	return m
}

// without returns totals without their bytes and without some rows.
func without(totals dsr.Totals, drop func(id string) bool) map[string]dsr.Counts {
	kept := map[string]dsr.Counts{}
	for id, c := range totals {
		if c.Bytes = 0; !drop(id) && c != (dsr.Counts{}) {
			kept[id] = c
		}
	}
	return kept
}

func TestARetryDoesJustWhatFailed(t *testing.T) {
	undisturbed, _ := undisturbed(t, smallAccount(), 2)
	tests := []struct {
		name   string
		faults []fake.Fault
		totals map[string]dsr.Counts // of the second attempt
	}{
		{
			name: "an item", faults: []fake.Fault{{Endpoint: "E16", Status: 403, Match: "run-000001"}},
			totals: map[string]dsr.Counts{"E16": {Calls: 1, Documents: 1}},
		},
		{
			name: "all items of two types", faults: []fake.Fault{{Endpoint: "E16", Status: 403}, {Endpoint: "E03", Status: 400}},
			totals: map[string]dsr.Counts{"E16": {Calls: 3, Documents: 3}, "E03": {Calls: 1, Documents: 1}},
		},
		{
			name: "a document without a list", faults: []fake.Fault{{Endpoint: "E27", Status: 403, Skip: 1}},
			totals: map[string]dsr.Counts{"E27": {Calls: 1, Documents: 1}},
		},
		{
			// A run's own list is a sub-node here: it is read again as a whole, by the
			// type that failed and no other.
			name: "an artifact of a sub-node", faults: []fake.Fault{{Endpoint: "content", Status: 403, Match: "run-000001", Times: 1}},
			totals: map[string]dsr.Counts{"E22": {Calls: 2, Documents: 2}, "E23": {Calls: 3, Documents: 3}},
		},
		{
			name: "a list", faults: []fake.Fault{{Endpoint: "E02", Status: 403}},
			totals: map[string]dsr.Counts{"E02": {Calls: 1, Documents: 1}, "E03": {Calls: 1, Documents: 1}},
		},
		{
			// Nobody knows what stood on the pages that never came: all types of the
			// node walk it again.
			name: "a list that broke off", faults: []fake.Fault{{Endpoint: "E14", Status: 403, Skip: 1}},
			totals: without(undisturbed.Totals, func(id string) bool {
				return !slices.Contains([]string{"E14", "E16", "E19", "E20", "E22", "E23", "E24"}, id)
			}),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inSimulation(t, func(t *testing.T, w *simulation) {
				w.upstream.SetFaults(tt.faults...)
				w.submit(exportRequest)
				w.run(24 * time.Hour)
				if got := w.outcome().Status; got != dsr.StatusPartiallyFailed {
					t.Fatalf("the first attempt is %s", got)
				}

				w.upstream.SetFaults()
				calls := w.calls()
				w.order(2)
				w.run(time.Hour)
				checkAttempt(t, w, 2, dsr.StatusSucceeded, tt.totals)
				want := int64(0)
				for id, c := range tt.totals {
					switch want += c.Calls; id {
					case "E23":
						want += c.Calls // and the bytes behind it
					case "E19", "E22":
						want += c.Calls / 2 // a list is begun before it is a sub-node
					case "E24":
						want -= c.Calls // it repeats E19
					}
				}

				if got := int64(w.calls() - calls); got != want {
					t.Errorf("the second attempt called the upstream %d times, want %d", got, want)
				}
			})
		})
	}
}

// calls counts the calls that the upstream has served.
func (w *simulation) calls() int {
	n := 0
	for _, s := range w.upstream.Served() {
		n += s.Count
	}
	return n
}

func TestATargetThatWasNotThereIsLookedForAgain(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.upstream.SetFaults(fake.Fault{Endpoint: "E27", Status: 404})
		w.submit(exportRequest)
		w.run(time.Hour)
		w.upstream.SetFaults()
		w.order(2)
		w.run(time.Hour)
		first, second := w.outcome(), w.outcomeOf(attemptOf(2))
		if second.Status != dsr.StatusSucceeded || !w.idle() {
			t.Fatalf("the second attempt is %s", second.Status)
		}

		// Both together are the undisturbed export: nothing twice, nothing missing.
		both := dsr.Totals{}
		both.Add(first.Totals)
		both.Add(second.Totals)
		failed := both["E27"]
		failed.Failed--
		both["E27"] = failed

		if diff := cmp.Diff(want.Totals, both); diff != "" {
			t.Errorf("totals of both attempts (-undisturbed +got):\n%s", diff)
		}

		documents := append(slices.Clone(first.Documents), second.Documents...)
		if len(documents) != len(want.Documents) {
			t.Errorf("%d entries in both attempts, %d in the undisturbed one", len(documents), len(want.Documents))
		}
	})
}

func TestOnlyWhatDiscoveryMissedIsAdded(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.upstream.SetFaults(fake.Fault{Endpoint: "PR", Status: 403})
		w.submit(exportRequest)
		w.run(time.Hour)
		w.upstream.SetFaults()
		w.order(2)
		w.run(time.Hour)

		// The workspace was there: of it nothing is read again.
		checkAttempt(t, w, 2, dsr.StatusSucceeded, without(want.Totals, func(id string) bool {
			row, _ := azureml.Find(id)
			return row.Level != dsr.Project
		}))
	})
}

func TestWhatARetryLeavesOutIsSaidAndCanBeDoneLater(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.upstream.SetFaults(
			fake.Fault{Endpoint: "E16", Status: 403, Match: "run-000001"}, fake.Fault{Endpoint: "E03", Status: 403},
			fake.Fault{Endpoint: "E04", Status: 403})
		w.submit(exportRequest)
		w.run(time.Hour)
		w.upstream.SetFaults()

		w.order(2, "runs")
		w.run(time.Hour)
		m := checkAttempt(t, w, 2, dsr.StatusPartiallyFailed, map[string]dsr.Counts{
			"E16": {Calls: 1, Documents: 1}, "E03": {Failed: 1}, "E04": {Failed: 1},
		})
		for _, f := range m.Failures {
			if f.Reason != dsr.ReasonNotRetried || f.Target == "" || f.Item != "" {
				t.Errorf("failure %+v", f)
			}
		}

		w.order(3)
		w.run(time.Hour)
		checkAttempt(t, w, 3, dsr.StatusSucceeded, map[string]dsr.Counts{
			"E03": {Calls: 1, Documents: 1}, "E04": {Calls: 1, Documents: 1},
		})
	})
}

func TestManyFailedItemsAreRetriedInPages(t *testing.T) {
	account := smallAccount()
	account.Runs = 1101
	synctest.Test(t, func(t *testing.T) {
		w := newSimulation(t, account, 1000)
		defer w.close()

		w.upstream.SetFaults(fake.Fault{Endpoint: "E16", Status: 403})
		w.submit(strings.Replace(exportRequest, `"kind"`, `"resourceTypes":["runs"],"kind"`, 1))
		w.run(24 * time.Hour)
		w.upstream.SetFaults()
		w.order(2)
		w.run(24 * time.Hour)
		checkAttempt(t, w, 2, dsr.StatusSucceeded, map[string]dsr.Counts{"E16": {Calls: 1101, Documents: 1101}})

		if pages := w.names(w.audit, attemptOf(2).Pages()); len(pages) != 2 {
			t.Errorf("pages %v, want two", pages)
		}
		if hops := w.names(w.audit, attemptOf(2).Prefix()+"hops/"); len(hops) > 0 {
			t.Errorf("the closer sent what no page had sent: %v", hops)
		}
	})
}

func TestAnAttemptThatMayNotBeginIsRefused(t *testing.T) {
	failedOnce := func(t *testing.T, w *simulation) {
		w.upstream.SetFaults(fake.Fault{Endpoint: "E16", Status: 403, Match: "run-000001"})
		w.submit(exportRequest)
		w.run(time.Hour)
		w.upstream.SetFaults()
	}

	tests := []struct {
		name, why string
		prepare   func(t *testing.T, w *simulation)
	}{
		{"nobody ordered it", "nobody has ordered attempt 2", func(t *testing.T, w *simulation) {
			failedOnce(t, w)
			w.sendAttempt(2)
		}},
		{"its request is not recorded", "no request with this id is recorded", func(_ *testing.T, w *simulation) {
			w.send(dsr.QueueRequests, dsr.Message{ID: "m", Body: []byte(exportRequest), Properties: map[string]any{dsr.PropAttempt: float64(2)}})
		}},
		{"there is no attempt 0", "attempts count from 1", func(_ *testing.T, w *simulation) {
			w.send(dsr.QueueRequests, dsr.Message{ID: "m", Body: []byte(exportRequest), Properties: map[string]any{dsr.PropAttempt: float64(0)}})
		}},
		{"the documents are removed", "were removed when their retention was over", func(t *testing.T, w *simulation) {
			failedOnce(t, w)
			closed := decode[dsr.Manifest](t, readBlob(t, w.audit, attempt1.Manifest())).ClosedAt
			request, subject := w.stored()
			w.until(closed.Add(retentionDays))
			if err := watch(w.expiring(&faultInjector{}, retentionDays, 0)); err != nil {
				t.Fatal(err)
			}
			if _, err := w.records().RecordRetry(context.Background(), dsr.Retry{RequestID: testRequest, Attempt: 2}); err != nil {
				t.Fatal(err)
			}
			m, err := dsr.ReopenMessage(request, subject, attemptOf(2))
			if err != nil {
				t.Fatal(err)
			}

			w.send(dsr.QueueRequests, m)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inSimulation(t, func(t *testing.T, w *simulation) {
				tt.prepare(t, w)
				w.run(time.Minute)
				dead := w.dead(dsr.QueueRequests)
				if len(dead) != 1 || !strings.HasPrefix(dead[0], dsr.ReasonInvalidRequest) || !strings.Contains(dead[0], tt.why) {
					t.Errorf("dead letters %v, want one that says %q", dead, tt.why)
				}
				if names := w.names(w.audit, attemptOf(2).Prefix()+"p"); len(names) > 0 {
					t.Errorf("recorded %v", names)
				}
			})
		})
	}
}

func (w *simulation) stored() (dsr.RequestRecord, *dsr.Subject) {
	w.t.Helper()
	request, _, err := w.records().Request(context.Background(), testRequest)
	if err != nil {
		w.t.Fatal(err)
	}
	subject, err := w.records().Subject(context.Background(), testRequest)
	if err != nil {
		w.t.Fatal(err)
	}
	return request, subject
}

// retried runs a request whose first attempt fails in part and orders the
// second, whose processes are those that boot makes.
func retried(t *testing.T, boot func(w *simulation) *process) *simulation {
	t.Helper()
	w := newSimulation(t, smallAccount(), 2)
	w.upstream.SetFaults(
		fake.Fault{Endpoint: "E16", Status: 403}, fake.Fault{Endpoint: "E03", Status: 403},
		fake.Fault{Endpoint: "PR", Status: 403})
	w.submit(exportRequest)
	w.run(time.Hour)
	w.upstream.SetFaults(fake.Fault{Endpoint: "E16", Status: 403, Match: "run-000000"})
	w.boot = func() *process { return boot(w) }
	w.live = nil
	w.order(2)
	return w
}

// What follows the opening is the same as in a first attempt, whose every effect
// crash_test.go goes through.
func TestACrashBeforeOrAfterAnyEffectOfOpeningARetryChangesNothing(t *testing.T) {
	var want outcome
	var effects []string
	synctest.Test(t, func(t *testing.T) {
		w := retried(t, func(w *simulation) *process { return w.newProcess(&faultInjector{}) })
		defer w.close()
		w.run(time.Hour)
		want, effects = w.outcomeOf(attemptOf(2)), w.live.wire.names
	})

	opened := slices.Index(effects, "complete "+dsr.QueueRequests) + 1
	if opened < 8 {
		t.Fatalf("effects %v, want those of an opening", effects)
	}

	for i := range sampled(opened) {
		name := effects[i]
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%03d %s after=%t", i+1, name, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					first := true
					w := retried(t, func(w *simulation) *process {
						wire := &faultInjector{}
						if first {
							wire, first = &faultInjector{at: i + 1, after: after}, false
						}
						return w.newProcess(wire)
					})

					defer w.close()

					w.run(2 * time.Hour)
					if !w.idle() {
						t.Fatal("something is left open or waiting")
					}

					if diff := cmp.Diff(want, w.outcomeOf(attemptOf(2))); diff != "" {
						t.Errorf("the outcome differs from the undisturbed one (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}
