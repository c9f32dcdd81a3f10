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

func TestALegalHoldOnTheDocumentsDoesNotStopTheClosing(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.exports = immutable{w.exports}
		w.submit(exportRequest)
		w.run(time.Hour)
		if m := w.outcome(); m.Status != dsr.StatusSucceeded {
			t.Errorf("closed as %s", m.Status)
		}
		if left := w.names(w.index, dsr.OpenPrefix); len(left) > 0 {
			t.Errorf("still open: %v", left)
		}
	})
}

// upgraded opens the standard request, and puts its index where an earlier version
// kept it.
func upgraded(t *testing.T, w *simulation) {
	t.Helper()
	w.submit(exportRequest)

	for len(w.names(w.audit, attempt1.Plan())) == 0 {
		w.step()
	}

	ctx := context.Background()
	body := readBlob(t, w.index, attempt1.Open())
	for _, err := range []error{w.exports.Put(ctx, attempt1.Open(), body, nil), w.index.Delete(ctx, attempt1.Open())} {
		if err != nil {
			t.Fatal(err)
		}
	}

	for _, q := range w.queues { // a crash of the namespace: only the index knows of the request
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
			inSimulation(t, func(t *testing.T, w *simulation) {
				upgraded(t, w)
				if hold {
					w.exports = immutable{w.exports}
				}

				w.live = nil // a new version is a new process
				w.until(time.Now().Add(watchEvery))
				w.step()
				w.run(6 * time.Hour)

				if m := w.outcome(); m.Status != dsr.StatusSucceeded {
					t.Errorf("closed as %s", m.Status)
				}

				for range 3 { // watches
					w.until(time.Now().Add(watchEvery))
					w.step()
				}

				if open := w.names(w.index, dsr.OpenPrefix); len(open) > 0 || !w.idle() {
					t.Errorf("opened again: %v", open)
				}
				if old := w.names(w.exports, "_"); slices.Equal(old, []string{attempt1.Open()}) != hold {
					t.Errorf("in the exports container: %v", old)
				}
				if warned := strings.Contains(w.log.text(), "keeps what an earlier version"); warned != hold {
					t.Errorf("warned: %t", warned)
				}
			})
		})
	}
}

func TestWhatAnEarlierVersionClosedAndDidNotFinishExpires(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(exportRequest)
		w.run(time.Hour)

		for _, name := range w.names(w.index, dsr.ExpiresPrefix) { // it crashed before it recorded this
			if err := w.index.Delete(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.exports.Put(t.Context(), attempt1.Open(), []byte("{}"), nil); err != nil {
			t.Fatal(err)
		}

		for range 2 {
			w.until(time.Now().Add(watchEvery))
			w.step()
			w.run(time.Hour)
		}

		if expires := w.names(w.index, dsr.ExpiresPrefix); len(expires) != 1 || len(w.names(w.index, dsr.OpenPrefix)) > 0 {
			t.Errorf("on the index: %v", w.names(w.index, "_"))
		}
	})
}

// What is kept while a plan is made names things and mentions: an attempt that was
// canceled meanwhile leaves nothing of it.
func TestNothingThatWasPlannedOutlivesTheAttempt(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		left := "_planning/request-1~1/progress.json"
		if err := w.index.Put(t.Context(), left, []byte("{}"), nil); err != nil {
			t.Fatal(err)
		}
		w.submit(exportRequest)
		w.run(time.Hour)
		if names := w.names(w.index, "_planning/"); len(names) > 0 || !w.idle() {
			t.Errorf("after the closing: %v", names)
		}
	})
}

func TestNothingIsRemovedWhileAnEarlierVersionsIndexIsUnseen(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		docs, _ := closedAndKept(t, w)
		<-time.After(time.Second)
		second := dsr.Attempt{RequestID: testRequest, Number: 2}
		names := []string{second.Open()}
		for i := range 40 { // before it in the list
			names = append(names, dsr.Attempt{RequestID: fmt.Sprintf("a-%02d", i), Number: 1}.Open())
		}

		for _, name := range names {
			if err := w.exports.Put(context.Background(), name, []byte("{}"), nil); err != nil {
				t.Fatal(err)
			}
		}

		slow := &faultInjector{gate: func(name string) {
			if strings.HasPrefix(name, "put "+dsr.OpenPrefix) {
				<-time.After(time.Minute) // the time for adopting is over
			}
		}}
		if err := watch(w.expiring(slow, retentionDays, 0)); err != nil {
			t.Fatal(err)
		}

		if got := w.names(w.exports, testRequest+"/"); len(got) != len(docs) {
			t.Errorf("%d of %d documents are left", len(got), len(docs))
		}
		if len(w.names(w.index, second.Open())) > 0 {
			t.Error("the open attempt was seen: this test shows nothing")
		}
	})
}
