package servicebus_test

import (
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

func forwardingStories() []story {
	return []story{
		{"what is sent to a forwarding queue comes to the other", true, testForward},
		{"a scheduled message is forwarded at its time", false, testForwardScheduled},
		{"dead letters are forwarded and tell where they come from", true, testForwardDead},
		{"nobody receives from a forwarding queue", true, testReceiveForwarding},
	}
}

func testForward(t *testing.T, h Harness) {
	c := h.Client(t)
	m := message("a")
	m.ApplicationProperties = map[string]any{"kept": "yes"}
	send(t, sender(t, c, "front"), m)
	got := receive(t, receiver(t, c, "back", nil), 1)[0]
	if got.MessageID != "a" || got.ApplicationProperties["kept"] != "yes" || got.EnqueuedSequenceNumber == nil {
		t.Fatalf("got %s with %v and number %v", got.MessageID, got.ApplicationProperties, got.EnqueuedSequenceNumber)
	}
}

func testForwardScheduled(t *testing.T, h Harness) {
	c := h.Client(t)
	_, err := sender(t, c, "front").ScheduleMessages(t.Context(), []*azservicebus.Message{message("later")}, time.Now().Add(time.Hour), nil)
	check(t, err)
	r := receiver(t, c, "back", nil)
	if got := receiveUpTo(t, r, 1, 59*time.Minute); len(got) != 0 {
		t.Fatal("too early")
	}
	wantIDs(t, receiveUpTo(t, r, 1, 2*time.Minute), "later")
}

func testForwardDead(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "back"), message("a"))
	r := receiver(t, c, "back", nil)
	check(t, r.AbandonMessage(t.Context(), receive(t, r, 1)[0], nil))
	got := receive(t, receiver(t, c, "morgue", nil), 1)[0]
	if *got.DeadLetterReason != "MaxDeliveryCountExceeded" || got.DeadLetterSource == nil || *got.DeadLetterSource != "back" {
		t.Fatalf("reason %v, source %v", *got.DeadLetterReason, got.DeadLetterSource)
	}
	left, err := receiver(t, c, "back", deadLetters()).PeekMessages(t.Context(), 1, nil)
	check(t, err)
	wantIDs(t, left, "")
}

func testReceiveForwarding(t *testing.T, h Harness) {
	if _, err := receiver(t, h.Client(t), "front", nil).ReceiveMessages(t.Context(), 1, nil); err == nil {
		t.Fatal("it received")
	}
}
