package bus_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus"
)

// perScan is how many messages one call scans at most.
const perScan = 20 * 250

// snooze schedules n messages of the request "r" for an hour from now.
func snooze(t *testing.T, f *fixture, n int) {
	t.Helper()
	s, err := f.client.NewSender(queue, nil)
	if err != nil {
		t.Fatal(err)
	}

	for n > 0 {
		var batch []*azservicebus.Message
		for range min(n, 700) {
			id := fmt.Sprintf("snoozed-%d", n)
			batch = append(batch, &azservicebus.Message{MessageID: &id, ApplicationProperties: map[string]any{"requestId": "r"}})
			n--
		}
		if _, err := s.ScheduleMessages(t.Context(), batch, time.Now().Add(time.Hour), nil); err != nil {
			t.Fatal(err)
		}
	}
}

// oldest calls Oldest once, and fails the test if that makes too many peeks.
func oldest(t *testing.T, f *fixture) (time.Time, bool) {
	t.Helper()
	calls := f.server.Inject(servicebus.Fault{On: servicebus.Managing, Do: servicebus.Delay})
	defer calls.Remove()
	at, waits, err := f.bus.Oldest(t.Context(), queue)
	if err != nil {
		t.Fatal(err)
	}
	if n := calls.Struck(); n > 20 {
		t.Errorf("a scan makes %d calls", n)
	}
	return at, waits
}

func TestAScanPastManyScheduledMessagesIsBoundedAndGoesOn(t *testing.T) {
	withFixture(t, func(t *testing.T, f *fixture) {
		snooze(t, f, 2*perScan+100)
		sent := time.Now()
		f.pass(time.Minute)

		for range 2 { // until then anything may wait
			if at, waits := oldest(t, f); !waits || !at.Equal(time.Unix(0, 0)) {
				t.Errorf("%s %t: a scan that has not reached the end says what waits", at, waits)
			}
		}
		if _, waits := oldest(t, f); waits {
			t.Error("something waits at the end")
		}

		// The next call knows what the call that reached the end has seen.
		if at, waits := oldest(t, f); !waits || !at.After(sent) {
			t.Errorf("%s %t: what the whole scan has shown is forgotten", at, waits)
		}
	})
}

func TestAScanFindsWhatWaitsBehindManyScheduledMessages(t *testing.T) {
	withFixture(t, func(t *testing.T, f *fixture) {
		snooze(t, f, perScan+100)
		f.pass(time.Minute)
		sent := time.Now()
		if err := f.bus.Send(t.Context(), queue, dsr.Message{ID: "a", Body: []byte("{}")}); err != nil {
			t.Fatal(err)
		}

		f.pass(time.Minute)

		if at, waits := oldest(t, f); !waits || at.After(sent) {
			t.Errorf("%s %t: it is not certain yet", at, waits)
		}

		for range 2 {
			if at, waits := oldest(t, f); !waits || !at.Equal(sent) {
				t.Errorf("%s %t, want %s", at, waits, sent)
			}
		}
	})
}

func TestWhatComesDueBehindAScanIsSeen(t *testing.T) {
	withFixture(t, func(t *testing.T, f *fixture) {
		snooze(t, f, perScan+100)
		begun := time.Now()
		oldest(t, f) // passes over messages that are scheduled
		f.pass(time.Hour)
		if at, waits := oldest(t, f); !waits || at.After(begun.Add(time.Hour)) {
			t.Errorf("%s %t: messages that came due are not seen", at, waits)
		}
	})
}

func TestAQueueMayHoldAMessageUntilItSurelyDoesNot(t *testing.T) {
	withFixture(t, func(t *testing.T, f *fixture) {
		snooze(t, f, perScan+100)
		for i, want := range []bool{true, false, true, false} { // from the start again after the end
			if may, err := f.bus.MayHold(t.Context(), queue, "requestId", "other"); err != nil || may != want {
				t.Errorf("call %d: %t, %v", i, may, err)
			}
		}

		if may, err := f.bus.MayHold(t.Context(), queue, "requestId", "r"); err != nil || !may {
			t.Errorf("the first of them is not found, %v", err)
		}
		if held, err := f.bus.Holds(t.Context(), queue, "requestId", "other"); err != nil || held {
			t.Errorf("a message of another request is found, %v", err)
		}
	})
}

func TestAQueueMayHoldWhatWasSentBehindAScan(t *testing.T) {
	withFixture(t, func(t *testing.T, f *fixture) {
		snooze(t, f, perScan+100)
		mayHold := func() bool {
			may, err := f.bus.MayHold(t.Context(), queue, "requestId", "other")
			if err != nil {
				t.Fatal(err)
			}
			return may
		}

		mayHold()
		m := dsr.Message{ID: "a", Body: []byte("{}"), Properties: map[string]any{"requestId": "other"}}
		if err := f.bus.Send(t.Context(), queue, m); err != nil {
			t.Fatal(err)
		}

		for range 3 {
			if !mayHold() {
				t.Error("it is not found")
			}
		}
	})
}

func TestADeadLetterWithAnOldNumberIsSeen(t *testing.T) {
	withFixture(t, func(t *testing.T, f *fixture) {
		sent := time.Now()
		if err := f.bus.Send(t.Context(), queue, dsr.Message{ID: "old", Body: []byte("{}")}); err != nil {
			t.Fatal(err)
		}

		old := receive(t, f.client, nil)
		f.pass(30 * time.Second)
		bury(t, f.bus, f.client, queue, "new")

		dead := func() time.Time {
			at, waits, err := f.bus.Oldest(t.Context(), queue+"/$DeadLetterQueue")
			if err != nil || !waits {
				t.Fatalf("%t, %v", waits, err)
			}
			return at
		}
		if at := dead(); !at.After(sent) {
			t.Errorf("the oldest is of %s", at)
		}

		if err := f.bus.MoveToDeadLetter(t.Context(), queue, old.LockToken, "Reason", ""); err != nil {
			t.Fatal(err)
		}

		if at := dead(); !at.Equal(sent) {
			t.Errorf("the oldest is of %s, want %s", at, sent)
		}
	})
}
