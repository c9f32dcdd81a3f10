package bus_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus"
)

// perLook is how many messages one look passes over at most.
const perLook = 20 * 250

// snooze schedules so many messages for an hour from now, of the request "r".
func snooze(t *testing.T, r *rig, n int) {
	t.Helper()
	s, err := r.client.NewSender(queue, nil)
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

// oldest looks once, and fails the test if that takes too many calls.
func oldest(t *testing.T, r *rig) (time.Time, bool) {
	t.Helper()
	calls := r.server.Inject(servicebus.Fault{On: servicebus.Managing, Do: servicebus.Delay})
	defer calls.Remove()
	at, waits, err := r.bus.Oldest(t.Context(), queue)
	if err != nil {
		t.Fatal(err)
	}
	if n := calls.Struck(); n > 20 {
		t.Errorf("a look makes %d calls", n)
	}
	return at, waits
}

func TestALookPastManyScheduledMessagesIsBoundedAndGoesOn(t *testing.T) {
	inRig(t, func(t *testing.T, r *rig) {
		snooze(t, r, 2*perLook+100)
		sent := time.Now()
		r.pass(time.Minute)

		for range 2 { // until then anything may wait
			if at, waits := oldest(t, r); !waits || !at.Equal(time.Unix(0, 0)) {
				t.Errorf("%s %t: a look that has not come to the end says what waits", at, waits)
			}
		}
		if _, waits := oldest(t, r); waits {
			t.Error("something waits at the end")
		}

		// Whoever asks next is told what the one who came to the end has seen.
		if at, waits := oldest(t, r); !waits || !at.After(sent) {
			t.Errorf("%s %t: what the end has shown is forgotten", at, waits)
		}
	})
}

func TestALookFindsWhatWaitsBehindManyScheduledMessages(t *testing.T) {
	inRig(t, func(t *testing.T, r *rig) {
		snooze(t, r, perLook+100)
		r.pass(time.Minute)
		sent := time.Now()
		if err := r.bus.Send(t.Context(), queue, dsr.Message{ID: "a", Body: []byte("{}")}); err != nil {
			t.Fatal(err)
		}

		r.pass(time.Minute)

		if at, waits := oldest(t, r); !waits || at.After(sent) {
			t.Errorf("%s %t: it is not certain yet", at, waits)
		}

		for range 2 {
			if at, waits := oldest(t, r); !waits || !at.Equal(sent) {
				t.Errorf("%s %t, want %s", at, waits, sent)
			}
		}
	})
}

func TestWhatComesDueBehindALookIsSeen(t *testing.T) {
	inRig(t, func(t *testing.T, r *rig) {
		snooze(t, r, perLook+100)
		begun := time.Now()
		oldest(t, r) // passes over messages that are scheduled
		r.pass(time.Hour)
		if at, waits := oldest(t, r); !waits || at.After(begun.Add(time.Hour)) {
			t.Errorf("%s %t: messages that came due are not seen", at, waits)
		}
	})
}

func TestAQueueMayHoldAMessageUntilItSurelyDoesNot(t *testing.T) {
	inRig(t, func(t *testing.T, r *rig) {
		snooze(t, r, perLook+100)
		for i, want := range []bool{true, false, true, false} { // from the start again after the end
			if may, err := r.bus.MayHold(t.Context(), queue, "requestId", "other"); err != nil || may != want {
				t.Errorf("look %d: %t, %v", i, may, err)
			}
		}

		if may, err := r.bus.MayHold(t.Context(), queue, "requestId", "r"); err != nil || !may {
			t.Errorf("the first of them is not found, %v", err)
		}
		if held, err := r.bus.Holds(t.Context(), queue, "requestId", "other"); err != nil || held {
			t.Errorf("another's message is found, %v", err)
		}
	})
}

func TestAQueueMayHoldWhatWasSentBehindALook(t *testing.T) {
	inRig(t, func(t *testing.T, r *rig) {
		snooze(t, r, perLook+100)
		look := func() bool {
			may, err := r.bus.MayHold(t.Context(), queue, "requestId", "other")
			if err != nil {
				t.Fatal(err)
			}
			return may
		}

		look()
		m := dsr.Message{ID: "a", Body: []byte("{}"), Properties: map[string]any{"requestId": "other"}}
		if err := r.bus.Send(t.Context(), queue, m); err != nil {
			t.Fatal(err)
		}

		for range 3 {
			if !look() {
				t.Error("it is not found")
			}
		}
	})
}

func TestADeadLetterWithAnOldNumberIsSeen(t *testing.T) {
	inRig(t, func(t *testing.T, r *rig) {
		sent := time.Now()
		if err := r.bus.Send(t.Context(), queue, dsr.Message{ID: "old", Body: []byte("{}")}); err != nil {
			t.Fatal(err)
		}

		old := receive(t, r.client, nil)
		r.pass(30 * time.Second)
		bury(t, r.bus, r.client, queue, "new")

		dead := func() time.Time {
			at, waits, err := r.bus.Oldest(t.Context(), queue+"/$DeadLetterQueue")
			if err != nil || !waits {
				t.Fatalf("%t, %v", waits, err)
			}
			return at
		}
		if at := dead(); !at.After(sent) {
			t.Errorf("the oldest is of %s", at)
		}

		if err := r.bus.MoveToDeadLetter(t.Context(), queue, old.LockToken, "Reason", ""); err != nil {
			t.Fatal(err)
		}

		if at := dead(); !at.Equal(sent) {
			t.Errorf("the oldest is of %s, want %s", at, sent)
		}
	})
}
