package simulation_test

import (
	"fmt"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/servicebus/queue"
)

func TestAPurgedMessageIsFoundAndSentAgain(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	for _, purgeAfter := range []int{1, 2, 5, 9, 14, 20, 27} {
		t.Run(fmt.Sprintf("after %d steps", purgeAfter), func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.submit(exportRequest)
				for range purgeAfter {
					sim.step()
				}

				purged := 0
				for _, q := range sim.queues {
					for _, d := range q.Peek(0, 1000) {
						if d.State == queue.Scheduled {
							if err := q.Cancel(d.Sequence); err != nil {
								t.Fatal(err)
							}
						} else if _, ok := q.Take(); !ok {
							t.Fatal("could not purge")
						}
						purged++
					}
				}

				if purged == 0 {
					t.Fatal("nothing was there to purge")
				}

				sim.run(3 * time.Hour)
				checkOutcome(t, sim, want)
			})
		})
	}
}

func TestABacklogIsNeverDoubled(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(exportRequest)
		sim.step()
		sim.step()

		// Nobody serves the exports for a day; the reconciler goes on.
		sim.runReconcilerOnly(24*60, time.Minute)

		if resends := sim.resends(attempt1); len(resends) > 0 {
			t.Errorf("tasks that wait in the queue were sent again: %v", resends)
		}
	})
}

func TestATaskThatWaitsInTheDeadLetterQueueIsNotLost(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "E02", Status: 500})
		sim.submit(exportRequest)

		sim.runUntil(func() bool { return len(sim.deadLetters(dsr.QueueExports)) > 0 })

		// Nobody serves the dead-letter queue for a day; the reconciler goes on.
		for range 24 * 60 {
			<-time.After(time.Minute)
			for sim.deliverWakeUp() {
			}
			for d, ok := sim.queue(dsr.QueueExports).Receive(); ok; d, ok = sim.queue(dsr.QueueExports).Receive() {
				sim.invoke(sim.live, dsr.QueueExports, d)
			}
		}

		if resends := sim.resends(attempt1); len(resends) != 1 {
			t.Errorf("sent again %v, want the one that was recorded with the failure", resends)
		}
	})
}

func TestARequestWithoutAPlanIsReEnqueued(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	simulate(t, func(t *testing.T, sim *simulation) {
		faults := &faultInjector{at: 4} // _open, subject.json, request.json are there; plan.json isn't
		sim.live = sim.newProcess(faults)
		sim.submit(exportRequest)
		sim.step()
		if _, ok := sim.queue(dsr.QueueRequests).Take(); !ok {
			t.Fatal("the request's message is not there to purge")
		}
		sim.run(3 * time.Hour)
		checkOutcome(t, sim, want)
	})
}

// A message that was accepted and vanished is recorded and then sent again, under an id
// that the queue does not remember.
func TestALostTaskIsSentAgainRecordFirst(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.open()
		sim.purge(dsr.QueueExports)
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
				t.Errorf("%s is sent with number %d, as %s; recorded %t", k.ReceiptName(), k.Hop, m.ID, there)
			}
		}
	})
}
