package simulation_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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
			inSimulation(t, func(t *testing.T, w *simulation) {
				w.submit(exportRequest)
				for range purgeAfter {
					w.step()
				}

				purged := 0
				for _, q := range w.queues {
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

				w.run(3 * time.Hour)
				checkOutcome(t, w, want)
			})
		})
	}
}

func TestABacklogIsNeverDoubled(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(exportRequest)
		w.step()
		w.step()

		// Nobody serves the exports for a day; the reconciler goes on checking.
		for range 24 * 60 {
			<-time.After(time.Minute)
			for w.deliverClosing() {
			}
		}

		if hops := w.names(w.audit, attempt1.Prefix()+"hops/"); len(hops) > 0 {
			t.Errorf("tasks that wait in the queue were sent again: %v", hops)
		}
	})
}

func TestATaskThatWaitsInTheDeadLetterQueueIsNotLost(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.upstream.SetFaults(fake.Fault{Endpoint: "E02", Status: 500})
		w.submit(exportRequest)

		for len(w.dead(dsr.QueueExports)) == 0 {
			if !w.step() {
				<-time.After(time.Second)
			}
		}

		// Nobody serves the dead-letter queue for a day; the reconciler goes on.
		for range 24 * 60 {
			<-time.After(time.Minute)
			for w.deliverClosing() {
			}
			for d, ok := w.queue(dsr.QueueExports).Receive(); ok; d, ok = w.queue(dsr.QueueExports).Receive() {
				w.invoke(w.live, dsr.QueueExports, d, w.live.DSRExport)
			}
		}

		if hops := w.names(w.audit, attempt1.Prefix()+"hops/"); len(hops) != 1 {
			t.Errorf("hops %v, want the one that was recorded with the failure", hops)
		}
	})
}

func TestARequestWithoutAPlanIsPutBack(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	inSimulation(t, func(t *testing.T, w *simulation) {
		wire := &faultInjector{at: 4} // _open, subject.json, request.json are there; plan.json isn't
		w.live = w.newProcess(wire)
		w.submit(exportRequest)
		w.step()
		if _, ok := w.queue(dsr.QueueRequests).Take(); !ok {
			t.Fatal("the request's message is not there to purge")
		}
		w.run(3 * time.Hour)
		checkOutcome(t, w, want)
	})
}

func TestWhatIsNoTaskIsParked(t *testing.T) {
	at := func(change func(*dsr.Task)) string {
		task := dsr.Task{
			SchemaVersion: "1.0",
			RequestID:     testRequest,
			Attempt:       1,
			Node:          "00001",
			Pass:          1,
			Page:          1,
			Type:          "hosting-account",
		}
		change(&task)
		body, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}

	bodies := map[string]string{
		"no JSON":                         `{"schemaVersion":`,
		"no plan":                         at(func(k *dsr.Task) { k.RequestID = "unknown" }),
		"another attempt":                 at(func(k *dsr.Task) { k.Attempt = 2 }),
		"a node past the plan":            at(func(k *dsr.Task) { k.Node = "00099" }),
		"another node's type":             at(func(k *dsr.Task) { k.Type = "runs" }),
		"a page that nobody listed":       at(func(k *dsr.Task) { k.Page = 2 }),
		"a generation that nobody began":  at(func(k *dsr.Task) { k.Pass = 2 }),
		"a chunk past the page":           at(func(k *dsr.Task) { k.Chunk = 7 }),
		"a sub-node without a parent":     at(func(k *dsr.Task) { k.Node = "00001~0123456789abcdef" }),
		"a sub-node that nobody hands on": at(func(k *dsr.Task) { k.Node = "00001~0123456789abcdef"; k.Parent = &dsr.Position{Pass: 1, Page: 1} }),
		"a path for an id":                at(func(k *dsr.Task) { k.RequestID = "../other" }),
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			inSimulation(t, func(t *testing.T, w *simulation) {
				w.submit(exportRequest)
				w.run(time.Hour)
				blobs := slices.Concat(w.names(w.audit, ""), w.names(w.exports, ""), w.names(w.index, ""))
				calls := len(w.upstream.Served())
				w.send(dsr.QueueExports, dsr.Message{ID: "forged", Body: []byte(body)})
				w.run(time.Hour)
				after := slices.Concat(w.names(w.audit, ""), w.names(w.exports, ""), w.names(w.index, ""))
				parked := slices.DeleteFunc(slices.Clone(after), func(n string) bool { return slices.Contains(blobs, n) })
				if len(parked) != 1 || !strings.HasPrefix(parked[0], "_poison/dsr-exports/") {
					t.Errorf("new blobs %v, want one under _poison/", parked)
				}
				if len(w.upstream.Served()) != calls || !w.idle() {
					t.Error("it was worked on, or it still waits")
				}
			})
		})
	}
}
