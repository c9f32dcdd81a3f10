package simulation_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestAnAttemptThatMayNotBeginIsRefused(t *testing.T) {
	failedOnce := func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "E16", Status: 403, Match: "run-000001"})
		sim.export()
		sim.upstream.SetFaults()
	}

	tests := []struct {
		name, why string
		prepare   func(t *testing.T, sim *simulation)
	}{
		{"nobody ordered it", "nobody has ordered attempt 2", func(t *testing.T, sim *simulation) {
			failedOnce(t, sim)
			sim.sendAttempt(2)
		}},
		{"its request is not recorded", "no request with this id is recorded", func(_ *testing.T, sim *simulation) {
			sim.send(dsr.QueueRequests, dsr.Message{ID: "m", Body: []byte(exportRequest), Properties: map[string]any{dsr.PropAttempt: float64(2)}})
		}},
		{"there is no attempt 0", "attempts count from 1", func(_ *testing.T, sim *simulation) {
			sim.send(dsr.QueueRequests, dsr.Message{ID: "m", Body: []byte(exportRequest), Properties: map[string]any{dsr.PropAttempt: float64(0)}})
		}},
		{"the documents are removed", "were removed when their retention was over", func(t *testing.T, sim *simulation) {
			failedOnce(t, sim)
			closed := sim.manifestOf(attempt1).ClosedAt
			request, subject := sim.storedRequest()
			sim.advanceTo(closed.Add(retentionDays))
			sim.removeExpired()
			if _, err := sim.records().RecordRetry(context.Background(), dsr.Retry{RequestID: testRequest, Attempt: 2}); err != nil {
				t.Fatal(err)
			}
			m, err := dsr.ReopenMessage(request, subject, attemptOf(2))
			if err != nil {
				t.Fatal(err)
			}

			sim.send(dsr.QueueRequests, m)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				tt.prepare(t, sim)
				sim.run(time.Minute)
				dead := sim.deadLetters(dsr.QueueRequests)
				if len(dead) != 1 || !strings.HasPrefix(dead[0], dsr.ReasonInvalidRequest) || !strings.Contains(dead[0], tt.why) {
					t.Errorf("dead letters %v, want one that says %q", dead, tt.why)
				}
				if names := sim.names(sim.audit, attemptOf(2).Prefix()+"p"); len(names) > 0 {
					t.Errorf("recorded %v", names)
				}
			})
		})
	}
}
