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

		sim.runUntil(func() bool { return len(sim.dead(dsr.QueueExports)) > 0 })

		// Nobody serves the dead-letter queue for a day; the reconciler goes on.
		for range 24 * 60 {
			<-time.After(time.Minute)
			for sim.deliverWakeUp() {
			}
			for d, ok := sim.queue(dsr.QueueExports).Receive(); ok; d, ok = sim.queue(dsr.QueueExports).Receive() {
				sim.invoke(sim.live, dsr.QueueExports, d, sim.live.DSRExport)
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
