package servicebus_test

import (
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

func deferralStories() []story {
	return []story{
		{"a deferred message comes only by its number, with changed properties", true, testDefer},
		{"any connection defers by token", true, testDeferByToken},
		{"a deferred message that is abandoned stays deferred and counts", true, testAbandonDeferred},
		{"a deferred message can be dead-lettered", true, testDeadLetterDeferred},
		{"deferred messages are received and deleted", true, testDeleteDeferred},
		{"receiving deferred messages is all or nothing", true, testDeferredUnknown},
		{"a dead letter can be deferred", true, testDeferDead},
		{"a deferred message's lock runs out and it stays deferred", false, testDeferredLock},
		{"a deferred message that has expired is dead-lettered when it is asked for", false, testDeferredTTL},
	}
}

// deferOne defers a message "a" and returns its number.
func deferOne(t *testing.T, c *azservicebus.Client, queue string) int64 {
	t.Helper()
	send(t, sender(t, c, queue), message("a"))
	r := receiver(t, c, queue, nil)
	m := receive(t, r, 1)[0]
	check(t, r.DeferMessage(t.Context(), m, &azservicebus.DeferMessageOptions{PropertiesToModify: map[string]any{"why": "later"}}))
	return *m.SequenceNumber
}

// deferred receives one deferred message.
func deferred(t *testing.T, r *azservicebus.Receiver, number int64) *azservicebus.ReceivedMessage {
	t.Helper()
	got, err := r.ReceiveDeferredMessages(t.Context(), []int64{number}, nil)
	check(t, err)
	wantIDs(t, got, "a")
	return got[0]
}

func testDefer(t *testing.T, h Harness) {
	c := h.Client(t)
	number := deferOne(t, c, "plain")
	send(t, sender(t, c, "plain"), message("b"))
	r := receiver(t, c, "plain", nil)
	wantIDs(t, receive(t, r, 1), "b")
	m := deferred(t, r, number)
	if m.ApplicationProperties["why"] != "later" || m.State != azservicebus.MessageStateDeferred || *m.SequenceNumber != number {
		t.Fatalf("properties %v, state %d, number %d", m.ApplicationProperties, m.State, *m.SequenceNumber)
	}
	if m.LockToken == ([16]byte{}) || m.LockedUntil == nil {
		t.Fatal("it isn't locked")
	}

	check(t, r.RenewMessageLock(t.Context(), m, nil))
	check(t, r.CompleteMessage(t.Context(), m, nil))
	_, err := r.ReceiveDeferredMessages(t.Context(), []int64{number}, nil)
	wantCode(t, err, azservicebus.CodeNotFound)
}

func testDeferByToken(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"))
	m := receive(t, receiver(t, c, "plain", nil), 1)[0]
	other := receiver(t, h.Client(t), "plain", nil)
	check(t, other.DeferMessage(t.Context(), byToken(m), &azservicebus.DeferMessageOptions{PropertiesToModify: map[string]any{"why": "later"}}))
	if got := deferred(t, other, *m.SequenceNumber); got.ApplicationProperties["why"] != "later" {
		t.Fatalf("properties %v", got.ApplicationProperties)
	}
}

func testAbandonDeferred(t *testing.T, h Harness) {
	c := h.Client(t)
	number := deferOne(t, c, "plain")
	r := receiver(t, c, "plain", nil)
	first := deferred(t, r, number)
	check(t, r.AbandonMessage(t.Context(), first, nil))
	again := deferred(t, r, number)
	if again.DeliveryCount != first.DeliveryCount+1 {
		t.Fatalf("counts %d and %d", first.DeliveryCount, again.DeliveryCount)
	}
	check(t, r.DeferMessage(t.Context(), again, nil)) // once more
	deferred(t, r, number)
}

func testDeadLetterDeferred(t *testing.T, h Harness) {
	c := h.Client(t)
	number := deferOne(t, c, "plain")
	r := receiver(t, c, "plain", nil)
	check(t, r.DeadLetterMessage(t.Context(), deferred(t, r, number), nil))
	dead := receive(t, receiver(t, c, "plain", deadLetters()), 1)
	if dead[0].MessageID != "a" || dead[0].State != azservicebus.MessageStateActive {
		t.Fatalf("got %q in state %d", ids(dead), dead[0].State)
	}
}

func testDeleteDeferred(t *testing.T, h Harness) {
	c := h.Client(t)
	number := deferOne(t, c, "plain")
	r := receiver(t, c, "plain", &azservicebus.ReceiverOptions{ReceiveMode: azservicebus.ReceiveModeReceiveAndDelete})
	if m := deferred(t, r, number); m.LockedUntil != nil {
		t.Fatalf("locked until %v", m.LockedUntil)
	}
	left, err := r.PeekMessages(t.Context(), 10, nil)
	check(t, err)
	wantIDs(t, left, "")
}

func testDeferredUnknown(t *testing.T, h Harness) {
	c := h.Client(t)
	number := deferOne(t, c, "plain")
	r := receiver(t, c, "plain", nil)
	_, err := r.ReceiveDeferredMessages(t.Context(), []int64{number, number + 1000}, nil)
	wantCode(t, err, azservicebus.CodeNotFound)
	deferred(t, r, number) // nobody has locked it
}

func testDeferDead(t *testing.T, h Harness) {
	c := h.Client(t)
	deadLetterOne(t, c)
	r := receiver(t, c, "plain", deadLetters())
	m := receive(t, r, 1)[0]
	check(t, r.DeferMessage(t.Context(), m, nil))
	check(t, r.CompleteMessage(t.Context(), deferred(t, r, *m.SequenceNumber), nil))
}

func testDeferredLock(t *testing.T, h Harness) {
	c := h.Client(t)
	number := deferOne(t, c, "plain")
	r := receiver(t, c, "plain", nil)
	first := deferred(t, r, number)
	if got := receiveUpTo(t, r, 1, 2*time.Minute); len(got) != 0 {
		t.Fatalf("got %q", ids(got))
	}
	if again := deferred(t, r, number); again.DeliveryCount != first.DeliveryCount+1 {
		t.Fatalf("counts %d and %d", first.DeliveryCount, again.DeliveryCount)
	}
}

func testDeferredTTL(t *testing.T, h Harness) {
	c := h.Client(t)
	number := deferOne(t, c, "brief")
	h.Wait(time.Hour)
	r := receiver(t, c, "brief", nil)
	still, err := r.PeekMessages(t.Context(), 10, nil)
	check(t, err)
	wantIDs(t, still, "a")
	_, err = r.ReceiveDeferredMessages(t.Context(), []int64{number}, nil)
	wantCode(t, err, azservicebus.CodeNotFound)
	wantIDs(t, receive(t, receiver(t, c, "brief", deadLetters()), 1), "a")
}
