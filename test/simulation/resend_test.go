package simulation_test

import (
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestThrottlingSpendsNoDelivery(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{
			Endpoint:   "E02",
			Status:     429,
			RetryAfter: "600",
			Times:      20,
		})
		if got := sim.complete(exportRequest).Status; got != dsr.StatusSucceeded {
			t.Errorf("status %s", got)
		}

		for _, name := range sim.resends(attempt1) {
			h := decode[dsr.Hop](t, readBlob(t, sim.audit, name))
			if h.Class != dsr.HopThrottled {
				t.Errorf("%s: class %s, want throttled", name, h.Class)
			}
			// Tasks that met the closed gate wait for what was left of it.
			if wait := h.NotBefore.Sub(h.RecordedAt); strings.Contains(name, "-models/") && wait < 10*time.Minute {
				t.Errorf("%s waits %s, less than its Retry-After", name, wait)
			}
		}

		if n := sim.served("E02"); n > 21+1 {
			t.Errorf("%d calls: the upstream was asked inside its Retry-After", n)
		}
	})
}

func TestRetriesWaitLongerEachTime(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "E02", Status: 500})
		sim.submit(exportRequest)
		sim.run(24 * time.Hour)
		resends := sim.resends(attempt1)
		if len(resends) != 3 {
			t.Fatalf("sent again %v, want one for each delay", resends)
		}

		for i, least := range []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute} {
			h := decode[dsr.Hop](t, readBlob(t, sim.audit, resends[i]))
			if wait := h.NotBefore.Sub(h.RecordedAt); h.Class != dsr.HopTransient || wait < least || wait > 2*least {
				t.Errorf("resend %d: class %s, waits %s, want at least %s", h.Number, h.Class, wait, least)
			}
		}
	})
}

func TestARecordedResendIsSentAsRecordedAndNotWorkedOnBefore(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "E02", Status: 500, Times: 4})
		sim.live = sim.newProcess(dyingBefore("dead-letter " + dsr.QueueExports))
		sim.submit(exportRequest)

		sim.runUntil(sim.live.faults.isDead)

		calls := sim.served("E02")

		for deadline := time.Now().Add(50 * time.Second); time.Now().Before(deadline); {
			if !sim.step() {
				<-time.After(time.Second)
			}
		}

		if now := sim.served("E02"); now != calls {
			t.Errorf("the list was called %d times before the recorded resend was due", now-calls)
		}

		sim.run(time.Hour)

		if got := sim.outcome(); got.Status != dsr.StatusSucceeded || !sim.idle() {
			t.Errorf("status %s, failures %v", got.Status, got.Failures)
		}
		if resends := sim.resends(attempt1); len(resends) != 1 {
			t.Errorf("sent again %v, want the one that was recorded", resends)
		}
	})
}
