package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/local/stack"
)

// cancelWorld is a queue that takes nudges and holds no request.
type cancelWorld struct {
	sent
	err error
}

func (w *cancelWorld) Send(ctx context.Context, queue string, messages ...dsr.Message) error {
	return errors.Join(w.err, w.sent.Send(ctx, queue, messages...))
}

func (*cancelWorld) Holds(context.Context, string, string, string) (bool, error) { return false, nil }

func TestCancelKeepsTheFirstReasonAndTellsTheCloserEachTime(t *testing.T) {
	s := newStoredRequest(t)
	s.open()
	a, _, _ := testApp(t, nil)
	a.now = func() time.Time { return storedTime }
	w := &cancelWorld{}
	for _, reason := range []string{"first", "second"} {
		if err := runCancel(t.Context(), a, s.Connections, w, cancelOptions{id: "req-1", reason: reason}); err != nil {
			t.Fatal(err)
		}
	}
	body, _, err := s.Audit.Read(t.Context(), "req-1/1/cancel.json", 1000)
	if err != nil {
		t.Fatal(err)
	}
	var r cancelRecord
	if err := json.Unmarshal(body, &r); err != nil || r != (cancelRecord{dsr.SchemaVersion, "req-1", 1, storedTime, "first"}) {
		t.Errorf("recorded %s", body)
	}
	if len(w.messages) != 2 || w.queue != dsr.QueueClosings {
		t.Errorf("sent %+v to %s", w.messages, w.queue)
	}
}

func TestACancelWhoseNudgeIsLostSaysThatItIsRecorded(t *testing.T) {
	s := newStoredRequest(t)
	s.open()
	a, _, _ := testApp(t, nil)
	err := runCancel(t.Context(), a, s.Connections, &cancelWorld{err: errors.New("lost")}, cancelOptions{id: "req-1"})
	if exitCode(err) != exitFailed || !strings.Contains(err.Error(), "is recorded as canceled") {
		t.Errorf("got %v", err)
	}
	if canceled, err := s.Ledger.Canceled(t.Context(), storedAttempt); err != nil || !canceled {
		t.Errorf("it is not recorded: %v", err)
	}
}

// A request is canceled in the middle of its work by the command that operators
// use: the manifest says so, and what was done by then is verified.
func TestACanceledExportIsClosedAsCanceled(t *testing.T) {
	d := startTestStack(t, stack.Options{Account: testAccount(4000), Env: []string{"CHUNK_ITEMS=5"}})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := d.submit(ctx); err != nil {
		t.Fatal(err)
	}
	id := dsr.Attempt{RequestID: d.request.ID, Number: 1}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for planned := false; !planned; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("no plan was made")
		}
		var err error
		if _, planned, err = d.connections.Ledger.Plan(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	a, out, _ := testApp(t, nil)
	if err := runCancel(ctx, a, d.connections, d.connections.Bus, cancelOptions{id: d.request.ID}); err != nil {
		t.Fatal(err)
	}
	if err := runStatus(ctx, a, d.connections, statusOptions{id: d.request.ID, watch: true}); exitCode(err) != exitNotGood {
		t.Errorf("status: %v\n%s", err, out)
	}
	m, err := d.await(ctx)
	if err != nil || m.Status != dsr.StatusCanceled {
		t.Errorf("closed as %s, %v", m.Status, err)
	}
	out.Reset()
	if err := verifyStored(ctx, a, d.connections, verifyOptions{what: d.request.ID}, nil); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
}
