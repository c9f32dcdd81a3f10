package servicebus_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"github.com/google/uuid"
)

func sendingStories() []story {
	return []story{
		{"messages come in the order in which they were sent", true, testOrder},
		{"a batch is as many messages", true, testBatch},
		{"a batch that the link filled to the brim is taken", true, testFullBatch},
		{"the largest message that is allowed passes", true, testLargest},
		{"a message above the limit is too large", true, testTooLarge},
		{"a message without an id gets one", true, testMissingID},
		{"a duplicate within the window is dropped without a word", false, testDuplicate},
		{"a duplicate in a batch is dropped alone", true, testDuplicateInBatch},
		{"without detection the same id comes twice", true, testNoDetection},
		{"messages received and deleted are gone", true, testReceiveAndDelete},
		{"a receiver that waits is woken by a message", false, testWaiting},
		{"names of queues ignore case", true, testCase},
		{"many messages flow through small credit", true, testMany},
	}
}

func testOrder(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), numbered(20)...)
	got := receive(t, receiver(t, c, "plain", nil), 20)
	for i, m := range got {
		if want := fmt.Sprintf("m%d", i); m.MessageID != want || *m.SequenceNumber != *got[0].SequenceNumber+int64(i) {
			t.Fatalf("message %d is %s with number %d", i, m.MessageID, *m.SequenceNumber)
		}
	}
}

func testBatch(t *testing.T, h Harness) {
	c := h.Client(t)
	s := sender(t, c, "plain")
	batch, err := s.NewMessageBatch(t.Context(), nil)
	check(t, err)

	for _, m := range numbered(10) {
		check(t, batch.AddMessage(m, nil))
	}

	check(t, s.SendMessageBatch(t.Context(), batch, nil))
	got := receive(t, receiver(t, c, "plain", nil), 10)
	wantIDs(t, got, "m0 m1 m2 m3 m4 m5 m6 m7 m8 m9")
	if string(got[9].Body) != "body of m9" {
		t.Fatalf("body %q", got[9].Body)
	}
}

func testFullBatch(t *testing.T, h Harness) {
	c := h.Client(t)
	s := sender(t, c, "plain")
	batch, err := s.NewMessageBatch(t.Context(), nil)
	check(t, err)
	n := 0
	for batch.AddMessage(&azservicebus.Message{Body: make([]byte, 1000)}, nil) == nil {
		n++
	}

	if n < 200 {
		t.Fatalf("%d messages of 1 kB fit into a batch", n)
	}

	check(t, s.SendMessageBatch(t.Context(), batch, nil))
	receive(t, receiver(t, c, "plain", nil), n)
}

func testLargest(t *testing.T, h Harness) {
	c := h.Client(t)
	body := bytes.Repeat([]byte("0123456789abcdef"), 16000)
	send(t, sender(t, c, "plain"), &azservicebus.Message{Body: body})
	got := receive(t, receiver(t, c, "plain", nil), 1)[0]
	if !bytes.Equal(got.Body, body) {
		t.Fatalf("%d bytes came back, not the %d that were sent", len(got.Body), len(body))
	}
}

func testTooLarge(t *testing.T, h Harness) {
	c := h.Client(t)
	err := sender(t, c, "plain").SendMessage(t.Context(), &azservicebus.Message{Body: make([]byte, 262144)}, nil)
	if !errors.Is(err, azservicebus.ErrMessageTooLarge) {
		t.Fatalf("got error %v", err)
	}
}

func testMissingID(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "dedup"), &azservicebus.Message{Subject: to.Ptr("a")}, &azservicebus.Message{Subject: to.Ptr("b")})
	got := receive(t, receiver(t, c, "dedup", nil), 2)
	if got[0].MessageID == "" || got[0].MessageID == got[1].MessageID {
		t.Fatalf("ids %q", ids(got))
	}
	if *got[0].Subject != "a" {
		t.Fatalf("the subject changed to %q", *got[0].Subject)
	}
}

func testDuplicate(t *testing.T, h Harness) {
	c := h.Client(t)
	s, r := sender(t, c, "dedup"), receiver(t, c, "dedup", nil)
	send(t, s, message("a"), message("a"), message("b"))
	got := receive(t, r, 2)
	wantIDs(t, got, "a b")
	check(t, r.CompleteMessage(t.Context(), got[0], nil))
	h.Wait(9 * time.Minute)
	send(t, s, message("a")) // remembered though it was completed
	h.Wait(2 * time.Minute)
	send(t, s, message("a")) // forgotten
	m := receive(t, receiver(t, c, "dedup", nil), 2)
	wantIDs(t, m, "b a")
}

func testDuplicateInBatch(t *testing.T, h Harness) {
	c := h.Client(t)
	s := sender(t, c, "dedup")
	batch, err := s.NewMessageBatch(t.Context(), nil)
	check(t, err)
	nonce := uuid.NewString() // the ids of an earlier run may be remembered
	a, b, z := "a"+nonce, "b"+nonce, "z"+nonce
	for _, id := range []string{a, b, a, z} {
		check(t, batch.AddMessage(message(id), nil))
	}
	check(t, s.SendMessageBatch(t.Context(), batch, nil))
	wantIDs(t, receive(t, receiver(t, c, "dedup", nil), 3), a+" "+b+" "+z)
}

func testNoDetection(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"), message("a"))
	wantIDs(t, receive(t, receiver(t, c, "plain", nil), 2), "a a")
}

func testReceiveAndDelete(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), numbered(3)...)
	r := receiver(t, c, "plain", &azservicebus.ReceiverOptions{ReceiveMode: azservicebus.ReceiveModeReceiveAndDelete})
	got := receive(t, r, 3)
	wantIDs(t, got, "m0 m1 m2")
	if got[0].LockedUntil != nil {
		t.Fatalf("a deleted message is locked until %v", got[0].LockedUntil)
	}
	left, err := r.PeekMessages(t.Context(), 10, nil)
	check(t, err)
	wantIDs(t, left, "")
}

func testWaiting(t *testing.T, h Harness) {
	c := h.Client(t)
	s, r := sender(t, c, "plain"), receiver(t, c, "plain", nil)
	got := make(chan []*azservicebus.ReceivedMessage)
	go func() {
		m, err := r.ReceiveMessages(t.Context(), 1, nil)
		if err != nil {
			t.Error(err)
		}
		got <- m
	}()

	h.Wait(20 * time.Minute) // longer than all time-outs of an idle connection
	send(t, s, message("late"))
	wantIDs(t, <-got, "late")
}

func testCase(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "PLAIN"), message("a"))
	wantIDs(t, receive(t, receiver(t, c, "Plain", nil), 1), "a")
}

func testMany(t *testing.T, h Harness) {
	c := h.Client(t)
	s, r := sender(t, c, "plain"), receiver(t, c, "plain", nil)
	const n = 3000 // above the credit that a sender is given at first
	for _, m := range numbered(n) {
		send(t, s, m)
	}

	// In any order: a slow client gives messages back that came too late for it.
	seen := map[string]bool{}
	for len(seen) < n {
		for _, m := range receive(t, r, 10) {
			if seen[m.MessageID] {
				t.Fatalf("%s came twice", m.MessageID)
			}
			seen[m.MessageID] = true
			check(t, r.CompleteMessage(t.Context(), m, nil))
		}
	}

	left, err := r.PeekMessages(t.Context(), 1, nil)
	check(t, err)
	wantIDs(t, left, "")
}
