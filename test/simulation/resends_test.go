package simulation_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
	fake "azureml-dsr/test/emulator/fakeml"
)

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
