package task_test

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/task"
)

// looking is a fixture whose queue notes whether a message is marked as sent again, and
// whose store counts the look-ups of receipts and resends.
type looking struct {
	*fixture
	lookUps int
}

type countedLookUps struct {
	archive.Backend
	l *looking
}

func (c countedLookUps) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	if strings.Contains(name, "/receipts/") || strings.Contains(name, "/hops/") {
		c.l.lookUps++
	}
	return c.Backend.Open(ctx, name, offset)
}

func (l *looking) Send(_ context.Context, _ string, messages ...dsr.Message) error {
	for _, m := range messages {
		var k dsr.Task
		if err := json.Unmarshal(m.Body, &k); err != nil {
			return err
		}

		again := ""
		if dsr.SentAgain(m.Properties) {
			again = " again"
		}

		l.note("send " + k.ReceiptName() + again)

		if m.ID != k.MessageID() {
			l.t.Errorf("%s has the id %s: a copy must have the first one's", k.ReceiptName(), m.ID)
		}
	}
	return nil
}

func newLooking(t *testing.T) *looking {
	l := &looking{fixture: newFixture(t)}
	l.ledger = ledger.New(archive.New(countedLookUps{l.store, l}, nil), archive.New(l.store, nil), archive.New(l.store, nil))
	l.runner = task.New(l.ledger, l, l.fixture, l.fixture, task.Options{ChunkItems: 2, Jitter: func(d time.Duration) time.Duration { return d }})
	return l
}

func (l *looking) deliver(k dsr.Task, d task.Delivery) error {
	l.t.Helper()
	var err error
	if d.Body, err = json.Marshal(k); err != nil {
		l.t.Fatal(err)
	}
	l.log, l.lookUps = nil, 0
	return l.runner.Run(l.t.Context(), d)
}

// fresh returns the first delivery of a message that was just sent.
func fresh() task.Delivery { return task.Delivery{Count: 1, EnqueuedTime: time.Now()} }

func TestOnlyWhatIsSurelyFirstIsNotLookedUp(t *testing.T) {
	tests := []struct {
		name     string
		send     int
		delivery task.Delivery
		lookUps  bool
	}{
		{"a first delivery", 0, fresh(), false},
		{"a second delivery", 0, task.Delivery{Count: 2, EnqueuedTime: time.Now()}, true},
		{"a resend", 1, fresh(), true},
		{"a copy", 0, task.Delivery{Count: 1, EnqueuedTime: time.Now(), Again: true}, true},
		{"one that has waited so long that its copy may have been taken", 0, task.Delivery{Count: 1, EnqueuedTime: time.Now().Add(-6 * time.Minute)}, true},
		{"one that has waited for less", 0, task.Delivery{Count: 1, EnqueuedTime: time.Now().Add(-4 * time.Minute)}, false},
		{"one from the future, by a clock that is slow", 0, task.Delivery{Count: 1, EnqueuedTime: time.Now().Add(time.Minute)}, true},
		{"one whose time in the queue nobody knows", 0, task.Delivery{Count: 1}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLooking(t)
			k := l.sentAs(tt.send)
			if err := l.deliver(k, tt.delivery); err != nil {
				t.Fatal(err)
			}

			if (l.lookUps > 0) != tt.lookUps {
				t.Errorf("%d look-ups of receipt and resend, want some: %t", l.lookUps, tt.lookUps)
			}
		})
	}
}

func TestWhatMayHaveBeenSentBeforeSaysSo(t *testing.T) {
	all := []string{
		"send 00001/1-000002-00000-runs.json", "send 00001/1-000001-00001-runs.json",
		"send 00001/1-000001-00000-artifacts.json", "send 00001/1-000001-00001-artifacts.json",
	}

	tests := []struct {
		name     string
		send     int
		delivery task.Delivery
		again    bool
	}{
		{"a first delivery sends what nobody has sent", 0, fresh(), false},
		{"a second delivery", 0, task.Delivery{Count: 2, EnqueuedTime: time.Now()}, true},
		{"a resend", 2, fresh(), true},
		{"a copy", 0, task.Delivery{Count: 1, EnqueuedTime: time.Now(), Again: true}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLooking(t)
			k := l.sentAs(tt.send)
			if err := l.deliver(k, tt.delivery); err != nil {
				t.Fatal(err)
			}

			for _, want := range all {
				if tt.again {
					want += " again"
				}
				if !slices.Contains(l.log, want) {
					t.Errorf("no %q in %q", want, l.log)
				}
			}
		})
	}
}

func TestAListingTaskThatRunsAgainSendsAllThatItsPageNames(t *testing.T) {
	l := newLooking(t)
	if err := l.deliver(l.first(), fresh()); err != nil {
		t.Fatal(err)
	}
	if err := l.store.Delete(t.Context(), l.first().ReceiptBlob()); err != nil { // it had crashed before its receipt
		t.Fatal(err)
	}
	if err := l.deliver(l.first(), task.Delivery{Count: 2, EnqueuedTime: time.Now()}); err != nil {
		t.Fatal(err)
	}

	if slices.Contains(l.log, "list") || !slices.Contains(l.log, "send 00001/1-000002-00000-runs.json again") {
		t.Errorf("it found its page, and did %q", l.log)
	}
}

func TestTheFirstTaskOfASubNodeIsAlwaysACopy(t *testing.T) {
	l := newLooking(t)
	receipt := dsr.NewReceipt(l.first(), dsr.Succeeded, time.Now())
	sub := l.first().SubNode([]string{"runs", "artifacts"}, 1)
	receipt.SubNodes = []dsr.SubNode{{Node: sub, Item: "b"}}
	l.work = func([]string) error { // a concurrent delivery is quicker with the receipt
		_, err := l.ledger.RecordReceipt(t.Context(), l.first(), receipt)
		return err
	}
	if err := l.deliver(l.first(), fresh()); err != nil {
		t.Fatal(err)
	}

	if !slices.Contains(l.log, "send "+sub+"/1-000001-00000-runs.json again") {
		t.Errorf("it sent %q", l.log)
	}
}

func TestACopyEndsWithWhatAnotherMessageAnswersFor(t *testing.T) {
	again := fresh()
	again.Again = true
	delivered := again
	delivered.Count = 2

	t.Run("a receipt", func(t *testing.T) {
		l := newLooking(t)
		if err := l.deliver(l.first(), fresh()); err != nil {
			t.Fatal(err)
		}
		if err := l.deliver(l.first(), again); err != nil || len(l.log) > 0 {
			t.Errorf("a copy did %q, %v", l.log, err)
		}
		// On a second delivery the receipt may be this copy's own, without what follows.
		if err := l.deliver(l.first(), delivered); err != nil || !slices.Contains(l.log, "wake-up soon") {
			t.Errorf("a copy that comes again did %q, %v", l.log, err)
		}
	})

	t.Run("a resend", func(t *testing.T) {
		l := newLooking(t)
		resend := dsr.Hop{
			TaskID:    l.first().ID(),
			Number:    1,
			Class:     dsr.HopThrottled,
			NotBefore: time.Now().Add(time.Hour),
		}
		if _, err := l.ledger.RecordHop(t.Context(), l.first(), resend); err != nil {
			t.Fatal(err)
		}
		if err := l.deliver(l.first(), again); err != nil || len(l.log) > 0 {
			t.Errorf("a copy did %q, %v", l.log, err)
		}
		if err := l.deliver(l.first(), delivered); err != nil || len(l.log) != 1 {
			t.Errorf("a copy that comes again did %q, %v: want the resend sent", l.log, err)
		}
	})
}

func TestSentAgainReadsWhatSendersAndHostsMakeOfAFlag(t *testing.T) {
	for _, v := range []any{true, "true", "True"} {
		if !dsr.SentAgain(map[string]any{dsr.PropAgain: v}) {
			t.Errorf("%#v is not read", v)
		}
	}
	for _, v := range []any{nil, false, "false", 1, ""} {
		if dsr.SentAgain(map[string]any{dsr.PropAgain: v}) {
			t.Errorf("%#v counts", v)
		}
	}
}
