package simulation_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// marked returns how many messages wait in a queue, and how many of them are marked as
// ones that may have been sent before.
func (w *simulation) marked(queue string) (waiting, marked int) {
	for _, d := range w.queue(queue).Peek(0, 1<<20) {
		waiting++
		if dsr.SentAgain(d.Payload.(dsr.Message).Properties) {
			marked++
		}
	}
	return waiting, marked
}

func (w *simulation) empty(queue string) {
	for {
		if _, ok := w.queue(queue).Take(); !ok {
			return
		}
	}
}

func TestAnIntakeThatFindsAPlanMarksTheTasksThatItSends(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.opened()
		first, marked := w.marked(dsr.QueueExports)
		if first == 0 || marked != 0 {
			t.Fatalf("the first intake sent %d tasks, %d of them marked", first, marked)
		}

		w.empty(dsr.QueueExports)
		<-time.After(time.Hour) // the queue has forgotten the first ones
		w.empty(dsr.QueueClosings)
		w.submit(exportRequest)

		for w.step() {
			if waiting, _ := w.marked(dsr.QueueExports); waiting > 0 {
				break
			}
		}

		if again, marked := w.marked(dsr.QueueExports); again != first || marked != again {
			t.Errorf("the second intake sent %d tasks, %d of them marked; want %d", again, marked, first)
		}
	})
}

// The reconciler puts a request back that has no plan. Where its first message turns up
// after all, the tasks of both are the same.
func TestARequestThatWasPutBackAndTurnsUpIsMarked(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.live = w.newProcess(&faultInjector{at: 4}) // request.json is there; plan.json isn't
		w.submit(exportRequest)
		w.step()
		first := w.queue(dsr.QueueRequests).Peek(0, 1)[0].Payload.(dsr.Message)
		w.empty(dsr.QueueRequests)

		<-time.After(time.Hour)
		w.wakeNow(w.newProcess(&faultInjector{}))
		if put := w.queue(dsr.QueueRequests).Counts().Active; put != 1 {
			t.Fatalf("%d requests are put back, want one", put)
		}

		sent := func() (waiting, marked int) {
			w.emptyClosings()
			for waiting == 0 && w.step() {
				waiting, marked = w.marked(dsr.QueueExports)
			}
			w.empty(dsr.QueueExports)
			return waiting, marked
		}
		if waiting, marked := sent(); waiting == 0 || marked != 0 {
			t.Errorf("what was put back sent %d tasks, %d of them marked", waiting, marked)
		}

		<-time.After(time.Hour)
		w.send(dsr.QueueRequests, first)

		if waiting, marked := sent(); waiting == 0 || marked != waiting {
			t.Errorf("the first message sent %d tasks, %d of them marked", waiting, marked)
		}
	})
}

// What was accepted and vanished is sent as the next hop, under another id than the
// queue may remember, and its record is there first.
func TestALostTaskIsSentAsItsNextHopRecordFirst(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.opened()
		w.empty(dsr.QueueExports)
		<-time.After(time.Hour)
		p := w.newProcess(&faultInjector{})
		w.wakeNow(p)

		recorded := map[string]int{} // by name, when
		sent := -1
		for i, name := range p.wire.names {
			recorded[name] = i
			if name == "send "+dsr.QueueExports && sent < 0 {
				sent = i
			}
		}

		waiting := w.queue(dsr.QueueExports).Peek(0, 1<<20)
		if len(waiting) == 0 {
			t.Fatal("nothing is sent")
		}

		for i, d := range waiting {
			m := d.Payload.(dsr.Message)
			k, err := dsr.DecodeTask(m.Body)
			if err != nil {
				t.Fatal(err)
			}

			at, there := recorded["put "+k.HopBlob(1)]
			if k.Hop != 1 || m.ID != k.ID()+".1" || !there || (i == 0 && at > sent) {
				t.Errorf("%s is sent as hop %d, %s; recorded %t", k.ReceiptName(), k.Hop, m.ID, there)
			}
		}
	})
}
