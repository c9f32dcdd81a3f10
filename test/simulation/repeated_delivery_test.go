package simulation_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
)

func TestATaskWithAReceiptIsNotWorkedOnAgain(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		var messages []dsr.Message
		sim.submit(exportRequest)

		for deadline := time.Now().Add(time.Hour); !sim.idle() && time.Now().Before(deadline); {
			for _, d := range sim.queue(dsr.QueueExports).Peek(0, 1000) {
				messages = append(messages, d.Payload.(dsr.Message))
			}
			if !sim.step() {
				<-time.After(time.Second)
			}
		}

		served, blobs := sim.upstream.Served(), len(sim.names(sim.audit, ""))+len(sim.names(sim.exports, ""))+len(sim.names(sim.index, ""))

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
			sim.send(dsr.QueueExports, late)
		}

		sim.run(time.Hour)

		if diff := cmp.Diff(served, sim.upstream.Served()); diff != "" {
			t.Errorf("the upstream was called again (-before +after):\n%s", diff)
		}
		if now := len(sim.names(sim.audit, "")) + len(sim.names(sim.exports, "")) + len(sim.names(sim.index, "")); now != blobs {
			t.Errorf("%d blobs, then %d", blobs, now)
		}
	})
}

func TestEveryTaskDeliveredTwiceChangesNothing(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(exportRequest)
		seen := map[string]bool{}
		for deadline := time.Now().Add(time.Hour); !sim.idle() && time.Now().Before(deadline); {
			for _, d := range sim.queue(dsr.QueueExports).Peek(0, 1000) {
				m := d.Payload.(dsr.Message)
				if !seen[m.ID] {
					seen[m.ID], seen[m.ID+" again"] = true, true
					m.ID += " again"
					sim.send(dsr.QueueExports, m)
				}
			}

			if !sim.step() {
				<-time.After(time.Second)
			}
		}

		checkOutcome(t, sim, want)
	})
}

func TestWhatWasStoredBeforeACrashIsNotReadAgain(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.live = sim.newProcess(dyingBefore("/receipts/00002/"))
		if got := sim.complete(exportRequest); got.Totals["E03"].Documents != 1 || sim.served("E03") != 1 || sim.served("E02") != 1 {
			t.Errorf("E02 was served %d times and E03 %d times, want once each: their part and page were stored", sim.served("E02"), sim.served("E03"))
		}
	})
}
