package servicebus_test

import (
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

func settlingStories() []story {
	return []story{
		{"a completed message is gone", true, testComplete},
		{"an abandoned message comes back in its place and counts", true, testAbandon},
		{"abandoning adds properties", true, testAbandonWithProperties},
		{"the last abandoning dead-letters", true, testMaxDeliveries},
		{"a message is dead-lettered with reason, description and properties", true, testDeadLetter},
		{"abandoning in the dead-letter queue doesn't count", true, testAbandonDead},
		{"a dead letter can't be dead-lettered", true, testDeadLetterTwice},
		{"a dead letter is settled by token at its own node", true, testDeadLetterByToken},
		{"messages that a receiver didn't ask for go back uncounted", false, testRelease},
		{"any connection settles by token", true, testSettleByToken},
		{"settling twice by token is a lost lock", true, testSettleTwice},
	}
}

// byToken is a message that only its token is known of, as a function's host
// hands it on.
func byToken(m *azservicebus.ReceivedMessage) *azservicebus.ReceivedMessage {
	return &azservicebus.ReceivedMessage{LockToken: m.LockToken}
}

func testComplete(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"), message("b"))
	r := receiver(t, c, "plain", nil)
	got := receive(t, r, 2)
	check(t, r.CompleteMessage(t.Context(), got[0], nil))
	left, err := r.PeekMessages(t.Context(), 10, nil)
	check(t, err)
	wantIDs(t, left, "b")
}

func testAbandon(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"), message("b"))
	r := receiver(t, c, "plain", nil)
	first := receive(t, r, 1)[0]
	check(t, r.AbandonMessage(t.Context(), first, nil))
	again := receive(t, r, 2)
	wantIDs(t, again, "a b")
	if again[0].DeliveryCount != 2 || again[1].DeliveryCount != 1 || again[0].LockToken == first.LockToken {
		t.Fatalf("counts %d and %d, tokens %x and %x", again[0].DeliveryCount, again[1].DeliveryCount, first.LockToken, again[0].LockToken)
	}
}

func testAbandonWithProperties(t *testing.T, h Harness) {
	c := h.Client(t)
	m := message("a")
	m.ApplicationProperties = map[string]any{"kept": "yes", "changed": "no"}
	send(t, sender(t, c, "plain"), m)
	r := receiver(t, c, "plain", nil)
	check(t, r.AbandonMessage(t.Context(), receive(t, r, 1)[0], &azservicebus.AbandonMessageOptions{
		PropertiesToModify: map[string]any{"changed": "yes"},
	}))
	check(t, r.AbandonMessage(t.Context(), byToken(receive(t, r, 1)[0]), &azservicebus.AbandonMessageOptions{
		PropertiesToModify: map[string]any{"new": int64(1)},
	}))
	got := receive(t, r, 1)[0].ApplicationProperties
	if got["kept"] != "yes" || got["changed"] != "yes" || got["new"] != int64(1) || len(got) != 3 {
		t.Fatalf("properties %v", got)
	}
}

func testMaxDeliveries(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"))
	r := receiver(t, c, "plain", nil)
	var number int64
	for range 3 {
		m := receive(t, r, 1)[0]
		number = *m.SequenceNumber
		check(t, r.AbandonMessage(t.Context(), m, nil))
	}

	dead := receive(t, receiver(t, c, "plain", deadLetters()), 1)[0]
	if *dead.DeadLetterReason != "MaxDeliveryCountExceeded" || dead.DeliveryCount != 4 || *dead.SequenceNumber != number {
		t.Fatalf("reason %s, count %d, number %d", *dead.DeadLetterReason, dead.DeliveryCount, *dead.SequenceNumber)
	}
}

func testDeadLetter(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"), message("b"))
	r := receiver(t, c, "plain", nil)
	opts := &azservicebus.DeadLetterOptions{
		Reason: to.Ptr("Why"), ErrorDescription: to.Ptr("Because."),
		PropertiesToModify: map[string]any{"more": "told"},
	}

	got := receive(t, r, 2)
	check(t, r.DeadLetterMessage(t.Context(), got[0], opts))
	check(t, r.DeadLetterMessage(t.Context(), byToken(got[1]), opts))

	for i, m := range receive(t, receiver(t, c, "plain", deadLetters()), 2) {
		if *m.DeadLetterReason != "Why" || *m.DeadLetterErrorDescription != "Because." || m.ApplicationProperties["more"] != "told" {
			t.Fatalf("message %d: %v", i, m.ApplicationProperties)
		}
	}
}

func testAbandonDead(t *testing.T, h Harness) {
	c := h.Client(t)
	deadLetterOne(t, c)
	dlq := receiver(t, c, "plain", deadLetters())
	for range 5 { // more often than maxDeliveryCount
		m := receive(t, dlq, 1)[0]
		if m.DeliveryCount != 1 {
			t.Fatalf("count %d", m.DeliveryCount)
		}
		check(t, dlq.AbandonMessage(t.Context(), m, nil))
	}
}

func deadLetterOne(t *testing.T, c *azservicebus.Client) {
	t.Helper()
	send(t, sender(t, c, "plain"), message("a"))
	r := receiver(t, c, "plain", nil)
	check(t, r.DeadLetterMessage(t.Context(), receive(t, r, 1)[0], nil))
}

func testDeadLetterTwice(t *testing.T, h Harness) {
	c := h.Client(t)
	deadLetterOne(t, c)
	dlq := receiver(t, c, "plain", deadLetters())
	m := receive(t, dlq, 1)[0]
	if err := dlq.DeadLetterMessage(t.Context(), m, nil); err == nil {
		t.Fatal("it was dead-lettered again")
	}
	check(t, dlq.CompleteMessage(t.Context(), byToken(m), nil)) // still locked
}

func testDeadLetterByToken(t *testing.T, h Harness) {
	c := h.Client(t)
	deadLetterOne(t, c)
	m := receive(t, receiver(t, c, "plain", deadLetters()), 1)[0]
	other := h.Client(t)
	wantCode(t, receiver(t, other, "plain", nil).CompleteMessage(t.Context(), byToken(m), nil), azservicebus.CodeLockLost)
	check(t, receiver(t, other, "plain", deadLetters()).CompleteMessage(t.Context(), byToken(m), nil))
}

func testRelease(t *testing.T, h Harness) {
	c := h.Client(t)
	s, r := sender(t, c, "plain"), receiver(t, c, "plain", nil)
	send(t, s, message("a"))
	receive(t, r, 1)
	if got := receiveUpTo(t, r, 5, time.Second); len(got) != 0 {
		t.Fatalf("got %q", ids(got))
	}

	send(t, s, message("late")) // the receiver's credit stands: it gets it and gives it back
	h.Wait(time.Second)
	check(t, r.Close(t.Context()))
	got := receive(t, receiver(t, c, "plain", nil), 1)
	wantIDs(t, got, "late")
	if got[0].DeliveryCount != 1 {
		t.Fatalf("releasing counted: %d", got[0].DeliveryCount)
	}
}

func testSettleByToken(t *testing.T, h Harness) {
	host, handler := h.Client(t), h.Client(t)
	send(t, sender(t, host, "plain"), numbered(3)...)
	got := receive(t, receiver(t, host, "plain", nil), 3)
	r := receiver(t, handler, "plain", nil)
	check(t, r.CompleteMessage(t.Context(), byToken(got[0]), nil))
	check(t, r.DeadLetterMessage(t.Context(), byToken(got[1]), &azservicebus.DeadLetterOptions{Reason: to.Ptr("Why")}))
	check(t, r.AbandonMessage(t.Context(), byToken(got[2]), nil))
	again := receive(t, receiver(t, h.Client(t), "plain", nil), 1)
	wantIDs(t, again, "m2")
	if again[0].DeliveryCount != 2 {
		t.Fatalf("count %d", again[0].DeliveryCount)
	}

	wantIDs(t, receive(t, receiver(t, handler, "plain", deadLetters()), 1), "m1")
}

func testSettleTwice(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"))
	r := receiver(t, c, "plain", nil)
	m := receive(t, r, 1)[0]
	check(t, r.CompleteMessage(t.Context(), m, nil))
	wantCode(t, r.CompleteMessage(t.Context(), byToken(m), nil), azservicebus.CodeLockLost)
}
