package simulation_test

import (
	"fmt"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// Attempts that wait, for an approval or an upstream that is away, cost a check every
// five minutes each, whatever they have done before.
func TestManyOpenAttemptsCostLittle(t *testing.T) {
	const attempts, minutes = 1000, 20
	simulateAccount(t, smallAccount(), 2, func(t *testing.T, sim *simulation) {
		p := sim.newProcess(&faultInjector{})
		sim.live = p
		records := sim.records()
		for n := range attempts {
			id := fmt.Sprintf("open-%04d", n)
			request := dsr.RequestRecord{Request: dsr.Request{ID: id, Kind: dsr.KindExport, DueAt: time.Now().AddDate(0, 1, 0)}, ReceivedAt: time.Now()}
			if _, err := records.RecordRequest(t.Context(), request); err != nil {
				t.Fatal(err)
			}
			if _, err := records.RecordPlan(t.Context(), dsr.Plan{
				RequestID: id,
				Attempt:   1,
				CreatedAt: time.Now(),
				Nodes:     []dsr.Node{{Number: 1, Type: "runs"}},
			}); err != nil {
				t.Fatal(err)
			}

			// Its task waits in the queue: nothing is lost.
			sim.send(dsr.QueueExports, dsr.Message{ID: id, Body: []byte("{}")})
			wakeUp, err := dsr.WakeUpMessage(dsr.Attempt{RequestID: id, Number: 1}, time.Now())
			if err != nil {
				t.Fatal(err)
			}

			sim.send(dsr.QueueClosings, wakeUp)
		}

		serve := func(most time.Duration) {
			for end := time.Now().Add(most); time.Now().Before(end); {
				if !sim.deliverWakeUp() {
					<-time.After(time.Second)
				}
			}
		}

		serve(40 * time.Minute) // until each is checked as seldom as can be
		calls, cpu := p.faults.count+p.faults.reads, cpuTime()
		serve(minutes * time.Minute)
		calls, cpu = p.faults.count+p.faults.reads-calls, cpuTime()-cpu
		t.Logf("%d open attempts: %d calls and %s of CPU a minute", attempts, calls/minutes, (cpu / minutes).Round(time.Millisecond))

		if perCheck := float64(calls) / (attempts * minutes / 5); perCheck > 16 {
			t.Errorf("%.1f calls a check", perCheck)
		}
	})
}
