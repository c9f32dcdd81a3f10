package simulation_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// marked returns how many messages wait in a queue, and how many of them are marked as
// maybe sent before.
func (sim *simulation) marked(queue string) (waiting, marked int) {
	for _, d := range sim.queue(queue).Peek(0, 1<<20) {
		waiting++
		if dsr.SentAgain(d.Payload.(dsr.Message).Properties) {
			marked++
		}
	}
	return waiting, marked
}

// empty removes all messages from a queue.
func (sim *simulation) empty(queue string) {
	for {
		if _, ok := sim.queue(queue).Take(); !ok {
			return
		}
	}
}

func TestAnIntakeThatFindsAPlanMarksTheTasksThatItSends(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.opened()
		first, marked := sim.marked(dsr.QueueExports)
		if first == 0 || marked != 0 {
			t.Fatalf("the first intake sent %d tasks, %d of them marked", first, marked)
		}

		sim.empty(dsr.QueueExports)
		<-time.After(time.Hour) // the queue has forgotten the first ones
		sim.empty(dsr.QueueClosings)
		sim.submit(exportRequest)

		for sim.step() {
			if waiting, _ := sim.marked(dsr.QueueExports); waiting > 0 {
				break
			}
		}

		if again, marked := sim.marked(dsr.QueueExports); again != first || marked != again {
			t.Errorf("the second intake sent %d tasks, %d of them marked; want %d", again, marked, first)
		}
	})
}

// The reconciler re-enqueues a request that has no plan. Where its first message turns up
// after all, the tasks of both are the same.
func TestAReEnqueuedRequestThatTurnsUpIsMarked(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.live = sim.newProcess(&faultInjector{at: 4}) // request.json is there; plan.json isn't
		sim.submit(exportRequest)
		sim.step()
		first := sim.queue(dsr.QueueRequests).Peek(0, 1)[0].Payload.(dsr.Message)
		sim.empty(dsr.QueueRequests)

		<-time.After(time.Hour)
		sim.reconcile()
		if put := sim.queue(dsr.QueueRequests).Counts().Active; put != 1 {
			t.Fatalf("%d requests are re-enqueued, want one", put)
		}

		sent := func() (waiting, marked int) {
			sim.discardWakeUps()
			for waiting == 0 && sim.step() {
				waiting, marked = sim.marked(dsr.QueueExports)
			}
			sim.empty(dsr.QueueExports)
			return waiting, marked
		}
		if waiting, marked := sent(); waiting == 0 || marked != 0 {
			t.Errorf("the re-enqueued request sent %d tasks, %d of them marked", waiting, marked)
		}

		<-time.After(time.Hour)
		sim.send(dsr.QueueRequests, first)

		if waiting, marked := sent(); waiting == 0 || marked != waiting {
			t.Errorf("the first message sent %d tasks, %d of them marked", waiting, marked)
		}
	})
}

// What was accepted and vanished is sent as the next hop, under another id than the
// queue may remember, and its record is there first.
func TestALostTaskIsSentAsItsNextHopRecordFirst(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.opened()
		sim.empty(dsr.QueueExports)
		<-time.After(time.Hour)
		p := sim.newProcess(&faultInjector{})
		sim.wakeUp(p)

		recorded := map[string]int{} // by name, when
		sent := -1
		for i, name := range p.faults.names {
			recorded[name] = i
			if name == "send "+dsr.QueueExports && sent < 0 {
				sent = i
			}
		}

		waiting := sim.queue(dsr.QueueExports).Peek(0, 1<<20)
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
