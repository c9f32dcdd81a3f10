package simulation_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// line is a log line of a failure.
type line struct {
	Msg, RequestID, TaskID, ResourceType, Class, Reason, UpstreamRequestID, Error, Endpoint string
	Hop, DeliveryCount, Status                                                              *int
}

// failures returns the log lines above the level of information.
func (sim *simulation) failures() []line {
	sim.t.Helper()
	var out []line
	for text := range strings.Lines(sim.log.text()) {
		if !strings.Contains(text, `"level":"INFO"`) {
			out = append(out, decode[line](sim.t, []byte(text)))
		}
	}
	return out
}

func TestEachFailureLogsOneLine(t *testing.T) {
	const upstreamID = "upstream-request-17"
	for name, tt := range map[string]struct {
		fault fake.Fault
		msg   string
		class dsr.Class
	}{
		"throttled":                      {fake.Fault{Endpoint: "E03", Status: 429, RetryAfter: "600"}, "a task failed", dsr.Throttled},
		"transient":                      {fake.Fault{Endpoint: "E03", Status: 500}, "a task failed", dsr.Transient},
		"a list that is refused":         {fake.Fault{Endpoint: "E02", Status: 403}, "a task failed", dsr.Permanent},
		"an item that is refused":        {fake.Fault{Endpoint: "E03", Status: 403}, "an item is refused for good", dsr.Permanent},
		"a cursor that has expired":      {fake.Fault{Endpoint: "E14", ExpireCursor: true}, "a task failed", dsr.Permanent},
		"a link that may not be allowed": {fake.Fault{Endpoint: "E23", ForeignContentURI: "https://evil.example/ada?sig=secret"}, "an item is refused for good", dsr.Permanent},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				tt.fault.Header = map[string]string{"x-ms-request-id": upstreamID}
				tt.fault.Times = 1
				if tt.class == dsr.Transient {
					tt.fault.Times = 4 // the quick retries
				}

				sim.upstream.SetFaults(tt.fault)
				sim.submit(exportRequest)
				sim.run(2 * time.Hour)
				var lines []line
				for _, l := range sim.failures() {
					if l.Status != nil && *l.Status == 0 && l.Class == dsr.Throttled.String() {
						continue // another task, at the closed gate
					}
					lines = append(lines, l)
				}
				if len(lines) != 1 {
					t.Fatalf("%d lines, want one: %+v", len(lines), lines)
				}

				l := lines[0]
				asked := tt.fault.Status // of a call that was answered with a failure
				if tt.fault.ExpireCursor {
					asked = 400
				}

				wantID := upstreamID
				if asked == 0 {
					wantID = ""
				}
				if l.Msg != tt.msg || l.Class != tt.class.String() || l.Status == nil || *l.Status != asked || l.UpstreamRequestID != wantID {
					t.Errorf("line %+v", l)
				}
				if l.RequestID != testRequest || len(l.TaskID) != 32 || l.ResourceType == "" || l.Hop == nil || l.DeliveryCount == nil || *l.DeliveryCount != 1 {
					t.Errorf("line %+v lacks what names the task", l)
				}

				for _, personal := range []string{"ada@", "11111111-2222", "run-0", "evil", "secret", "person"} {
					if strings.Contains(sim.log.text(), personal) {
						t.Errorf("the log holds %q:\n%s", personal, sim.log.text())
					}
				}
			})
		})
	}
}

func TestADeadLetterThatIsGivenUpOrParkedLogsOneLine(t *testing.T) {
	for name, body := range map[string]string{
		"crashed": `{"schemaVersion":"1.0","requestId":"request-1","attempt":1,"node":"00001","generation":1,"page":1,"chunk":0,"type":"hosting-account","hop":0}`,
		"no task": `{"requestId":"request-1","subject":"ada@example.org"}`,
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.submit(exportRequest)
				sim.step()
				err := sim.live.DSRExportRedrive(t.Context(), customhandler.Message{Body: []byte(body), DeliveryCount: 7,
					ApplicationProperties: map[string]any{"DeadLetterReason": "MaxDeliveryCountExceeded"}})
				if err == nil {
					t.Fatal("a lock token that nobody gave was taken")
				}
				lines := sim.failures()
				if len(lines) != 2 || !strings.Contains(lines[1].Error, "lock") { // and the settlement's own
					t.Fatalf("lines %+v", lines)
				}

				if l := lines[0]; l.RequestID != testRequest || *l.DeliveryCount != 7 || strings.Contains(sim.log.text(), "ada@") {
					t.Errorf("line %+v", l)
				}
			})
		})
	}
}

func TestARequestThatIsRefusedLogsItsIDAndNothingOfItsSubject(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(strings.Replace(exportRequest, `"kind":"export"`, `"kind":"expört ada@example.org"`, 1))
		sim.step()
		lines := sim.failures()
		if len(lines) != 1 || lines[0].RequestID != testRequest || lines[0].Reason != dsr.ReasonInvalidRequest {
			t.Errorf("lines %+v", lines)
		}
		if text := sim.log.text(); strings.Contains(text, "ada@") || strings.Contains(text, "1111") {
			t.Error(text)
		}
	})
}

func TestAPanicLogsOneLineWithItsStackAndNotItsValue(t *testing.T) {
	err := dsr.Guard(func() error { panic("ada@example.org") })()
	attrs := fmt.Sprint(dsr.FailureAttrs(dsr.Task{RequestID: "r"}, 1, err)...)
	if !strings.Contains(attrs, "log_test.go") || strings.Contains(attrs, "ada@") {
		t.Error(attrs)
	}
}
