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

// buryWakeUp sends a wake-up that dies, as one that was delivered too often does.
func (w *simulation) buryWakeUp(a dsr.Attempt) {
	w.t.Helper()
	m, err := dsr.WakeUpMessage(a, time.Now())
	if err != nil {
		w.t.Fatal(err)
	}

	m.NotBefore = time.Time{}
	w.send(dsr.QueueClosings, m)
	d, ok := w.queue(dsr.QueueClosings).Receive()
	if !ok {
		w.t.Fatal("the nudge is not there")
	}
	if err := w.queue(dsr.QueueClosings).Settle(queue.DeadLetter, nil, d.Token); err != nil {
		w.t.Fatal(err)
	}
}

func TestADeadNudgeGoesAndPoisonAmongTheClosingsIsParked(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.buryWakeUp(attempt1)
		sent := time.Now().UTC()
		w.send(dsr.QueueClosings, dsr.Message{ID: "poison", Body: []byte(`{"no":"nudge"}`)})
		w.run(time.Hour)

		if !w.idle() {
			t.Error("something is left in a queue")
		}

		want := fmt.Sprintf("_poison/dsr-closings/%s-2.json", sent.Format("20060102T150405Z"))
		if got := w.names(w.index, dsr.PoisonPrefix); !slices.Equal(got, []string{want}) {
			t.Fatalf("parked %v, want %s", got, want)
		}

		p := decode[ledger.Poison](t, readBlob(t, w.index, want))
		if p.Queue != dsr.QueueClosings || p.MessageID != "poison" || p.Reason != dsr.ReasonUnknownTask || string(p.Body) != `{"no":"nudge"}` {
			t.Errorf("parked as %+v", p)
		}

		told := 0
		for _, l := range w.failures() {
			if strings.HasPrefix(l.Msg, "parked") && l.Reason == dsr.ReasonUnknownTask {
				told++
			}
		}

		if told != 1 {
			t.Errorf("%d lines tell of it", told)
		}
	})
}

func TestAWatchThatDiesParksWhatItHadBegunToTake(t *testing.T) {
	for _, at := range []string{"put " + dsr.PoisonPrefix, "complete " + bus.DeadLetter(dsr.QueueClosings)} {
		for _, after := range []bool{false, true} {
			inSimulation(t, func(t *testing.T, w *simulation) {
				w.send(dsr.QueueClosings, dsr.Message{ID: "poison", Body: []byte(`{}`)})
				w.live = w.newProcess(&faultInjector{after: after, on: func(name string) bool { return strings.HasPrefix(name, at) }})
				dying := w.live
				w.run(time.Hour)
				if got := w.names(w.index, dsr.PoisonPrefix); len(got) != 1 || !w.idle() || !dying.wire.isDead() {
					t.Errorf("%s: parked %v, idle %t", at, got, w.idle())
				}
			})
		}
	}
}
