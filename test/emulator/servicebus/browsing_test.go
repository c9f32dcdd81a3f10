package servicebus_test

import (
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

func browsingStories() []story {
	return []story{
		{"browsing shows active, locked, scheduled and deferred messages", true, testPeek},
		{"browsing begins at a sequence number and goes on", true, testPeekFrom},
		{"browsing works in the dead-letter queue", true, testPeekDead},
		{"browsing many large messages takes several requests", true, testPeekLarge},
	}
}

func testPeek(t *testing.T, h Harness) {
	c := h.Client(t)
	s, r := sender(t, c, "plain"), receiver(t, c, "plain", nil)
	send(t, s, message("deferred"), message("locked"))
	check(t, r.DeferMessage(t.Context(), receive(t, r, 2)[0], nil))
	send(t, s, message("active"))
	_, err := s.ScheduleMessages(t.Context(), []*azservicebus.Message{message("scheduled")}, time.Now().Add(24*time.Hour), nil)
	check(t, err)
	got, err := receiver(t, c, "plain", nil).PeekMessages(t.Context(), 10, nil)
	check(t, err)
	wantIDs(t, got, "deferred locked active scheduled")

	for i, state := range []azservicebus.MessageState{
		azservicebus.MessageStateDeferred, azservicebus.MessageStateActive, azservicebus.MessageStateActive, azservicebus.MessageStateScheduled,
	} {
		if got[i].State != state || *got[i].SequenceNumber != *got[0].SequenceNumber+int64(i) {
			t.Fatalf("%s: state %d, number %d", got[i].MessageID, got[i].State, *got[i].SequenceNumber)
		}
		if got[i].LockToken != ([16]byte{}) {
			t.Fatalf("%s: browsing shows a lock token", got[i].MessageID)
		}
	}
}

func testPeekFrom(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), numbered(5)...)
	r := receiver(t, c, "plain", nil)
	all, err := receiver(t, c, "plain", nil).PeekMessages(t.Context(), 10, nil)
	check(t, err)
	got, err := r.PeekMessages(t.Context(), 2, &azservicebus.PeekMessagesOptions{FromSequenceNumber: to.Ptr(*all[2].SequenceNumber)})
	check(t, err)
	wantIDs(t, got, "m2 m3")

	for _, want := range []string{"m0 m1", "m2 m3", "m4", ""} {
		got, err := r.PeekMessages(t.Context(), 2, nil)
		check(t, err)
		wantIDs(t, got, want)
	}
}

func testPeekDead(t *testing.T, h Harness) {
	c := h.Client(t)
	deadLetterOne(t, c)
	got, err := receiver(t, c, "plain", deadLetters()).PeekMessages(t.Context(), 10, nil)
	check(t, err)
	wantIDs(t, got, "a")
	got, err = receiver(t, c, "plain", nil).PeekMessages(t.Context(), 10, nil)
	check(t, err)
	wantIDs(t, got, "")
}

func testPeekLarge(t *testing.T, h Harness) {
	c := h.Client(t)
	s, r := sender(t, c, "plain"), receiver(t, c, "plain", nil)
	for _, m := range numbered(10) {
		m.Body = make([]byte, 200_000)
		send(t, s, m)
	}

	seen, requests := 0, 0
	for {
		got, err := r.PeekMessages(t.Context(), 100, nil)
		check(t, err)
		if len(got) == 0 {
			break
		}
		seen, requests = seen+len(got), requests+1
	}
	if seen != 10 || requests < 2 {
		t.Fatalf("%d messages in %d requests", seen, requests)
	}
}
