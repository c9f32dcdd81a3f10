package simulation_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

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
