package simulation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus/queue"
)

// immutable is a container whose blobs a policy or a legal hold keeps as they are.
type immutable struct{ archive.Backend }

func (i immutable) Replace(context.Context, string, []byte) error {
	return fmt.Errorf("replacing a blob: %w", archive.ErrExists)
}

func (i immutable) Delete(context.Context, string) error {
	return fmt.Errorf("deleting a blob: %w", archive.ErrExists)
}

func TestALegalHoldOnDocumentsOrEvidenceDoesNotStopTheClosing(t *testing.T) {
	for name, hold := range map[string]func(*simulation){
		"documents": func(sim *simulation) { sim.exports = immutable{sim.exports} },
		"evidence":  func(sim *simulation) { sim.audit = immutable{sim.audit} },
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				hold(sim)
				if m := sim.complete(exportRequest); m.Status != dsr.StatusSucceeded {
					t.Errorf("closed as %s", m.Status)
				}
				if left := sim.names(sim.index, dsr.OpenPrefix); len(left) > 0 {
					t.Errorf("still open: %v", left)
				}
			})
		})
	}
}

// openByEarlierVersion opens the standard request and moves its index record to where an
// earlier version kept it.
func openByEarlierVersion(t *testing.T, sim *simulation) {
	t.Helper()
	sim.submit(exportRequest)

	for len(sim.names(sim.audit, attempt1.Plan())) == 0 {
		sim.step()
	}

	ctx := context.Background()
	body := readBlob(t, sim.index, attempt1.Open())
	for _, err := range []error{sim.exports.Put(ctx, attempt1.Open(), body, nil), sim.index.Delete(ctx, attempt1.Open())} {
		if err != nil {
			t.Fatal(err)
		}
	}

	for _, q := range sim.queues { // a crash of the namespace: only the index knows of the request
		for d, ok := q.Receive(); ok; d, ok = q.Receive() {
			if err := q.Settle(queue.Complete, nil, d.Token); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestWhatAnEarlierVersionOpenedIsClosed(t *testing.T) {
	for name, hold := range map[string]bool{"its index goes": false, "a hold keeps its index": true} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				openByEarlierVersion(t, sim)
				if hold {
					sim.exports = immutable{sim.exports}
				}

				sim.live = nil // a new version is a new process
				sim.advanceTo(time.Now().Add(watchEvery))
				sim.step()
				sim.run(6 * time.Hour)

				if m := sim.outcome(); m.Status != dsr.StatusSucceeded {
					t.Errorf("closed as %s", m.Status)
				}

				for range 3 { // watches
					sim.advanceTo(time.Now().Add(watchEvery))
					sim.step()
				}

				if open := sim.names(sim.index, dsr.OpenPrefix); len(open) > 0 || !sim.idle() {
					t.Errorf("opened again: %v", open)
				}
				if old := sim.names(sim.exports, "_"); slices.Equal(old, []string{attempt1.Open()}) != hold {
					t.Errorf("in the exports container: %v", old)
				}
				if warned := strings.Contains(sim.log.text(), "keeps what an earlier version"); warned != hold {
					t.Errorf("warned: %t", warned)
				}
			})
		})
	}
}

func TestWhatAnEarlierVersionClosedAndDidNotFinishExpires(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.export()

		for _, name := range sim.names(sim.index, dsr.ExpiresPrefix) { // it crashed before it recorded this
			if err := sim.index.Delete(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		if err := sim.exports.Put(t.Context(), attempt1.Open(), []byte("{}"), nil); err != nil {
			t.Fatal(err)
		}

		for range 2 {
			sim.advanceTo(time.Now().Add(watchEvery))
			sim.step()
			sim.run(time.Hour)
		}

		if expires := sim.names(sim.index, dsr.ExpiresPrefix); len(expires) != 1 || len(sim.names(sim.index, dsr.OpenPrefix)) > 0 {
			t.Errorf("on the index: %v", sim.names(sim.index, "_"))
		}
	})
}

// What is kept while a plan is made names things and mentions: an attempt that was
// canceled meanwhile leaves nothing of it.
func TestNothingThatWasPlannedOutlivesTheAttempt(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		left := "_planning/request-1~1/progress.json"
		if err := sim.index.Put(t.Context(), left, []byte("{}"), nil); err != nil {
			t.Fatal(err)
		}
		sim.export()
		if names := sim.names(sim.index, "_planning/"); len(names) > 0 || !sim.idle() {
			t.Errorf("after the closing: %v", names)
		}
	})
}

func TestNothingIsRemovedWhileAnEarlierVersionsIndexIsUnseen(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		docs, _ := closedAndExpired(t, sim)
		second := dsr.Attempt{RequestID: testRequest, Number: 2}
		names := []string{second.Open()}
		for i := range 40 { // before it in the list
			names = append(names, dsr.Attempt{RequestID: fmt.Sprintf("a-%02d", i), Number: 1}.Open())
		}

		for _, name := range names {
			if err := sim.exports.Put(context.Background(), name, []byte("{}"), nil); err != nil {
				t.Fatal(err)
			}
		}

		slow := &faultInjector{gate: func(name string) {
			if strings.HasPrefix(name, "put "+dsr.OpenPrefix) {
				<-time.After(time.Minute) // the time for adopting is over
			}
		}}
		if err := watch(sim.newProcess(slow)); err != nil {
			t.Fatal(err)
		}

		if got := sim.names(sim.exports, testRequest+"/"); len(got) != len(docs) {
			t.Errorf("%d of %d documents are left", len(got), len(docs))
		}
		if len(sim.names(sim.index, second.Open())) > 0 {
			t.Error("the open attempt was seen: this test shows nothing")
		}
	})
}
