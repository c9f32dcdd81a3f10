package simulation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/test/emulator/servicebus/queue"
)

// buryWakeUp sends a wake-up that is dead-lettered, as one that was delivered too
// often is.
func (sim *simulation) buryWakeUp(a dsr.Attempt) {
	sim.t.Helper()
	m, err := dsr.WakeUpMessage(a, time.Now())
	if err != nil {
		sim.t.Fatal(err)
	}

	m.NotBefore = time.Time{}
	sim.send(dsr.QueueClosings, m)
	d, ok := sim.queue(dsr.QueueClosings).Receive()
	if !ok {
		sim.t.Fatal("the wake-up is not there")
	}
	if err := sim.queue(dsr.QueueClosings).Settle(queue.DeadLetter, nil, d.Token); err != nil {
		sim.t.Fatal(err)
	}
}

func TestADeadWakeUpGoesAndPoisonAmongTheClosingsIsParked(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.buryWakeUp(attempt1)
		sent := time.Now().UTC()
		sim.send(dsr.QueueClosings, dsr.Message{ID: "poison", Body: []byte(`{"no":"wake-up"}`)})
		sim.run(time.Hour)

		if !sim.idle() {
			t.Error("something is left in a queue")
		}

		want := fmt.Sprintf("_poison/dsr-closings/%s-2.json", sent.Format("20060102T150405Z"))
		if got := sim.names(sim.index, dsr.PoisonPrefix); !slices.Equal(got, []string{want}) {
			t.Fatalf("parked %v, want %s", got, want)
		}

		p := decode[ledger.Poison](t, readBlob(t, sim.index, want))
		if p.Queue != dsr.QueueClosings || p.MessageID != "poison" || p.Reason != dsr.ReasonUnknownTask || string(p.Body) != `{"no":"wake-up"}` {
			t.Errorf("parked as %+v", p)
		}

		reported := 0
		for _, l := range sim.failures() {
			if strings.HasPrefix(l.Msg, "parked") && l.Reason == dsr.ReasonUnknownTask {
				reported++
			}
		}

		if reported != 1 {
			t.Errorf("%d lines report it", reported)
		}
	})
}

func TestAWatchThatDiesParksWhatItHadBegunToTake(t *testing.T) {
	for _, at := range []string{"put " + dsr.PoisonPrefix, "complete " + bus.DeadLetter(dsr.QueueClosings)} {
		for _, dying := range []*faultInjector{dyingBefore(at), dyingAfter(at)} {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.send(dsr.QueueClosings, dsr.Message{ID: "poison", Body: []byte(`{}`)})
				sim.live = sim.newProcess(dying)
				sim.run(time.Hour)
				if got := sim.names(sim.index, dsr.PoisonPrefix); len(got) != 1 || !sim.idle() {
					t.Errorf("%s: parked %v, idle %t", at, got, sim.idle())
				}
			})
		}
	}
}
