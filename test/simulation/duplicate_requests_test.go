package simulation_test

import (
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus/queue"
)

func TestTheSameRequestTwiceIsDoneOnce(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(exportRequest)
		w.submit(exportRequest)
		w.run(time.Hour)
		manifest := readBlob(t, w.audit, attempt1.Manifest())
		before := w.served("E16")
		w.submit(strings.Replace(exportRequest, `"kind"`, `"submittedAt":"2000-01-02T03:04:05Z","source":"again","kind"`, 1))
		w.step()

		if !w.idle() {
			t.Error("a closed request was opened again")
		}

		w.run(time.Hour)

		if !w.idle() || w.served("E16") != before || before != 3 {
			t.Errorf("E16 was served %d times, then %d", before, w.served("E16"))
		}
		if string(manifest) != string(readBlob(t, w.audit, attempt1.Manifest())) {
			t.Error("the manifest changed")
		}
	})
}

func TestTheSameIDWithOtherContentIsRefused(t *testing.T) {
	others := map[string]string{
		"another person": strings.Replace(exportRequest, "ada@", "bob@", 1),
		"another scope":  strings.Replace(exportRequest, `,"modelManagementAccount":"models"`, "", 1),
	}
	for name, other := range others {
		for _, when := range []string{"at once", "after it was closed"} {
			t.Run(name+" "+when, func(t *testing.T) {
				inSimulation(t, func(t *testing.T, w *simulation) {
					w.submit(exportRequest)
					if when != "at once" {
						w.run(time.Hour)
					}

					w.submit(other)
					w.run(time.Hour)

					if dead := w.dead(dsr.QueueRequests); len(dead) != 1 || !strings.HasPrefix(dead[0], dsr.ReasonConflictingRequest) {
						t.Errorf("dead letters %q, want one %s", dead, dsr.ReasonConflictingRequest)
					}
					if got := w.outcome(); got.Status != dsr.StatusSucceeded || got.Totals["E03"].Documents != 1 {
						t.Errorf("the first request: %s %+v", got.Status, got.Totals["E03"])
					}
				})
			})
		}
	}
}

func TestTwoRequestsWithOneIDNeverMix(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		// The first one dies between its subject and its request, and its message
		// is still held when the second one, about somebody else, is served.
		w.live = w.newProcess(&faultInjector{after: true, on: func(name string) bool { return strings.HasSuffix(name, "subject.json") }})
		w.submit(exportRequest)
		w.step()
		first, ok := w.queue(dsr.QueueRequests).Receive()
		if !ok {
			t.Fatal("the first request's message is gone")
		}

		w.submit(strings.Replace(exportRequest, "ada@", "bob@", 1))
		w.step()

		if dead := w.dead(dsr.QueueRequests); len(dead) != 1 || !strings.HasPrefix(dead[0], dsr.ReasonConflictingRequest) {
			t.Errorf("dead letters %q, want the second request as %s", dead, dsr.ReasonConflictingRequest)
		}

		if err := w.queue(dsr.QueueRequests).Settle(queue.Abandon, nil, first.Token); err != nil {
			t.Fatal(err)
		}

		w.run(time.Hour)

		if got := w.outcome(); got.Status != dsr.StatusSucceeded {
			t.Errorf("the first request: %s %v", got.Status, got.Failures)
		}
		if subject := string(readBlob(t, w.exports, testRequest+"/subject.json")); !strings.Contains(subject, "ada@") {
			t.Errorf("subject %s", subject)
		}
	})
}

func TestEveryTaskDeliveredTwiceChangesNothing(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(exportRequest)
		seen := map[string]bool{}
		for deadline := time.Now().Add(time.Hour); !w.idle() && time.Now().Before(deadline); {
			for _, d := range w.queue(dsr.QueueExports).Peek(0, 1000) {
				m := d.Payload.(dsr.Message)
				if !seen[m.ID] {
					seen[m.ID], seen[m.ID+" again"] = true, true
					m.ID += " again"
					w.send(dsr.QueueExports, m)
				}
			}

			if !w.step() {
				<-time.After(time.Second)
			}
		}

		checkOutcome(t, w, want)
	})
}
