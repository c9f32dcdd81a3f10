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

func TestAnIntakeThatFindsAPlanMarksTheTasksThatItSends(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.open()
		first, marked := sim.marked(dsr.QueueExports)
		if first == 0 || marked != 0 {
			t.Fatalf("the first intake sent %d tasks, %d of them marked", first, marked)
		}

		sim.purge(dsr.QueueExports)
		<-time.After(time.Hour) // the queue has forgotten the first ones
		sim.purge(dsr.QueueClosings)
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
		sim.purge(dsr.QueueRequests)

		<-time.After(time.Hour)
		sim.reconcile()
		if put := sim.queue(dsr.QueueRequests).Counts().Active; put != 1 {
			t.Fatalf("%d requests are re-enqueued, want one", put)
		}

		sent := func() (waiting, marked int) {
			sim.purge(dsr.QueueClosings)
			for waiting == 0 && sim.step() {
				waiting, marked = sim.marked(dsr.QueueExports)
			}
			sim.purge(dsr.QueueExports)
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
