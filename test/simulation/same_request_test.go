package simulation_test

import (
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus/queue"
)

func TestTheSameRequestTwiceIsDoneOnce(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(exportRequest)
		sim.export()
		manifest := readBlob(t, sim.audit, attempt1.Manifest())
		before := sim.served("E16")
		sim.submit(strings.Replace(exportRequest, `"kind"`, `"submittedAt":"2000-01-02T03:04:05Z","source":"again","kind"`, 1))
		sim.step()

		if !sim.idle() {
			t.Error("a closed request was opened again")
		}

		sim.run(time.Hour)

		if !sim.idle() || sim.served("E16") != before || before != 3 {
			t.Errorf("E16 was served %d times, then %d", before, sim.served("E16"))
		}
		if string(manifest) != string(readBlob(t, sim.audit, attempt1.Manifest())) {
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
				simulate(t, func(t *testing.T, sim *simulation) {
					sim.submit(exportRequest)
					if when != "at once" {
						sim.run(time.Hour)
					}

					sim.submit(other)
					sim.run(time.Hour)

					if dead := sim.deadLetters(dsr.QueueRequests); len(dead) != 1 || !strings.HasPrefix(dead[0], dsr.ReasonConflictingRequest) {
						t.Errorf("dead letters %q, want one %s", dead, dsr.ReasonConflictingRequest)
					}
					if got := sim.outcome(); got.Status != dsr.StatusSucceeded || got.Totals["E03"].Documents != 1 {
						t.Errorf("the first request: %s %+v", got.Status, got.Totals["E03"])
					}
				})
			})
		}
	}
}

func TestTwoRequestsWithOneIDNeverMix(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		// The first one dies between its subject and its request, and its message
		// is still held when the second one, about somebody else, is served.
		sim.live = sim.newProcess(dyingAfter("subject.json"))
		sim.submit(exportRequest)
		sim.step()
		first, ok := sim.queue(dsr.QueueRequests).Receive()
		if !ok {
			t.Fatal("the first request's message is gone")
		}

		sim.submit(strings.Replace(exportRequest, "ada@", "bob@", 1))
		sim.step()

		if dead := sim.deadLetters(dsr.QueueRequests); len(dead) != 1 || !strings.HasPrefix(dead[0], dsr.ReasonConflictingRequest) {
			t.Errorf("dead letters %q, want the second request as %s", dead, dsr.ReasonConflictingRequest)
		}

		if err := sim.queue(dsr.QueueRequests).Settle(queue.Abandon, nil, first.Token); err != nil {
			t.Fatal(err)
		}

		sim.run(time.Hour)

		if got := sim.outcome(); got.Status != dsr.StatusSucceeded {
			t.Errorf("the first request: %s %v", got.Status, got.Failures)
		}
		if subject := string(readBlob(t, sim.exports, testRequest+"/subject.json")); !strings.Contains(subject, "ada@") {
			t.Errorf("subject %s", subject)
		}
	})
}
