package servicebus_test

import (
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

func lockStories() []story {
	return []story{
		{"a lock runs out, counts, and its message comes back", false, testLockExpiry},
		{"settling after the lock ran out is a lost lock", false, testLateSettlement},
		{"locks that run out dead-letter in the end", false, testLocksExhausted},
		{"renewing a lock keeps it", false, testRenew},
		{"any connection renews by token", false, testRenewElsewhere},
		{"renewing a lost lock is refused", false, testRenewLost},
		{"a closed receiver's locks stay", false, testClosedReceiver},
		{"a dead letter's lock runs out and counts nothing", false, testDeadLock},
	}
}

func testLockExpiry(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"))
	r := receiver(t, c, "plain", nil)
	m := receive(t, r, 1)[0]
	if left := time.Until(*m.LockedUntil); left > time.Minute || left < 50*time.Second {
		t.Fatalf("locked for %v", left)
	}
	if got := receiveUpTo(t, r, 1, 50*time.Second); len(got) != 0 {
		t.Fatal("a locked message came")
	}
	again := receiveUpTo(t, r, 1, 11*time.Second)
	if len(again) != 1 || again[0].DeliveryCount != 2 {
		t.Fatalf("got %d messages", len(again))
	}
}

func testLateSettlement(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"))
	r := receiver(t, c, "plain", nil)
	m := receive(t, r, 1)[0]
	h.Wait(61 * time.Second)
	wantCode(t, r.CompleteMessage(t.Context(), m, nil), azservicebus.CodeLockLost)
	wantCode(t, r.CompleteMessage(t.Context(), byToken(m), nil), azservicebus.CodeLockLost)
}

func testLocksExhausted(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"))
	r := receiver(t, c, "plain", nil)
	for range 3 {
		receive(t, r, 1)
		h.Wait(61 * time.Second)
	}
	dead := receive(t, receiver(t, c, "plain", deadLetters()), 1)[0]
	if *dead.DeadLetterReason != "MaxDeliveryCountExceeded" {
		t.Fatalf("reason %s", *dead.DeadLetterReason)
	}
}

func testRenew(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"))
	r := receiver(t, c, "plain", nil)
	m := receive(t, r, 1)[0]
	for range 5 {
		h.Wait(50 * time.Second)
		check(t, r.RenewMessageLock(t.Context(), m, nil))
	}
	if left := time.Until(*m.LockedUntil); left > time.Minute || left < 59*time.Second {
		t.Fatalf("locked for %v", left)
	}
	check(t, r.CompleteMessage(t.Context(), m, nil))
}

func testRenewElsewhere(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"))
	m := receive(t, receiver(t, c, "plain", nil), 1)[0]
	other := receiver(t, h.Client(t), "plain", nil)
	h.Wait(50 * time.Second)
	check(t, other.RenewMessageLock(t.Context(), byToken(m), nil))
	h.Wait(50 * time.Second)
	check(t, other.CompleteMessage(t.Context(), byToken(m), nil))
}

func testRenewLost(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"))
	r := receiver(t, c, "plain", nil)
	m := receive(t, r, 1)[0]
	h.Wait(61 * time.Second)
	wantCode(t, r.RenewMessageLock(t.Context(), m, nil), azservicebus.CodeLockLost)
}

func testClosedReceiver(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"))
	r := receiver(t, c, "plain", nil)
	m := receive(t, r, 1)[0]
	check(t, r.Close(t.Context()))
	other := receiver(t, c, "plain", nil)
	if got := receiveUpTo(t, other, 1, 30*time.Second); len(got) != 0 {
		t.Fatal("closing released the lock")
	}
	check(t, other.CompleteMessage(t.Context(), byToken(m), nil))
}

func testDeadLock(t *testing.T, h Harness) {
	c := h.Client(t)
	deadLetterOne(t, c)
	dlq := receiver(t, c, "plain", deadLetters())
	for range 5 {
		if m := receive(t, dlq, 1)[0]; m.DeliveryCount != 1 {
			t.Fatalf("count %d", m.DeliveryCount)
		}
		h.Wait(61 * time.Second)
	}
}
