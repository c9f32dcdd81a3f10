package servicebus_test

import (
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
)

func expiryStories() []story {
	return []story{
		{"what waited too long is dead-lettered", false, testExpired},
		{"what waited too long is dropped", false, testDropped},
		{"a message's own time to live counts if it is shorter", false, testOwnTTL},
		{"a longer time to live is cut to the queue's", true, testLongTTL},
		{"a locked message doesn't expire", false, testLockedTTL},
		{"dead letters don't expire", false, testDeadTTL},
	}
}

func testExpired(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "brief"), message("a"))
	h.Wait(31 * time.Second)
	if got := receiveUpTo(t, receiver(t, c, "brief", nil), 1, time.Second); len(got) != 0 {
		t.Fatal("it was delivered")
	}
	dead := receive(t, receiver(t, c, "brief", deadLetters()), 1)[0]
	if *dead.DeadLetterReason != "TTLExpiredException" || dead.DeliveryCount != 1 {
		t.Fatalf("reason %s, count %d", *dead.DeadLetterReason, dead.DeliveryCount)
	}
}

func testDropped(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "fleeting"), message("a"))
	h.Wait(31 * time.Second)
	for _, r := range []string{"", "dead"} {
		opts := deadLetters()
		if r == "" {
			opts = nil
		}
		left, err := receiver(t, c, "fleeting", opts).PeekMessages(t.Context(), 1, nil)
		check(t, err)
		wantIDs(t, left, "")
	}
}

func testOwnTTL(t *testing.T, h Harness) {
	c := h.Client(t)
	m := message("short")
	m.TimeToLive = to.Ptr(5 * time.Second)
	send(t, sender(t, c, "plain"), m, message("forever"))
	h.Wait(6 * time.Second)
	wantIDs(t, receive(t, receiver(t, c, "plain", nil), 1), "forever")
}

func testLongTTL(t *testing.T, h Harness) {
	c := h.Client(t)
	m := message("long")
	m.TimeToLive = to.Ptr(time.Hour)
	send(t, sender(t, c, "brief"), m)
	if got := receive(t, receiver(t, c, "brief", nil), 1)[0]; *got.TimeToLive != 30*time.Second {
		t.Fatalf("lives for %v", *got.TimeToLive)
	}
}

func testLockedTTL(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "brief"), message("a"), message("b"))
	r := receiver(t, c, "brief", nil)
	got := receive(t, r, 2)
	h.Wait(40 * time.Second)
	check(t, r.CompleteMessage(t.Context(), got[0], nil))
	check(t, r.AbandonMessage(t.Context(), got[1], nil)) // its time is over now
	wantIDs(t, receive(t, receiver(t, c, "brief", deadLetters()), 1), "b")
}

func testDeadTTL(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "brief"), message("a"))
	h.Wait(24 * time.Hour)
	wantIDs(t, receive(t, receiver(t, c, "brief", deadLetters()), 1), "a")
}
