package bus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
)

// bury sends messages to a queue and dead-letters them.
func bury(t *testing.T, b *bus.Bus, c *azservicebus.Client, to string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		m := dsr.Message{ID: id, Body: []byte(`{"id":"` + id + `"}`), Properties: map[string]any{"requestId": id}}
		if err := b.Send(t.Context(), to, m); err != nil {
			t.Fatal(err)
		}
	}

	r, err := c.NewReceiverForQueue(to, nil)
	if err != nil {
		t.Fatal(err)
	}

	for range ids {
		got, err := r.ReceiveMessages(t.Context(), 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.MoveToDeadLetter(t.Context(), to, got[0].LockToken, "InvalidRequest", "wrong"); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// deadIDs returns the message ids of the dead letters.
func deadIDs(t *testing.T, b *bus.Bus, queue string) (ids []string) {
	t.Helper()
	for m, err := range b.Dead(t.Context(), queue) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, m.MessageID)
	}
	return ids
}

const requests = dsr.QueueRequests // without duplicate detection

func TestDeadLettersAreSeenWithoutALock(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		bury(t, b, c, requests, "a", "b", "c")
		for range 2 {
			if got := deadIDs(t, b, requests); !slices.Equal(got, []string{"a", "b", "c"}) {
				t.Errorf("seen %v", got)
			}
		}

		for m, err := range b.Dead(t.Context(), requests) {
			if err != nil || m.SequenceNumber != 1 || m.Reason != "InvalidRequest" || m.Description != "wrong" ||
				string(m.Body) != `{"id":"a"}` || m.Properties["requestId"] != "a" || time.Since(m.EnqueuedTime) > time.Minute {
				t.Errorf("%+v, %v", m, err)
			}
			break // an early end is no error
		}

		for _, err := range b.Dead(t.Context(), "no-such-queue") {
			if err == nil {
				t.Error("a queue that isn't there has dead letters")
			}
		}
	})
}

func TestAResubmittedMessageIsTheOldOneWithoutItsDeath(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		bury(t, b, c, requests, "a", "b", "c")
		done, err := b.Resubmit(t.Context(), requests, []int64{2, 99})
		if err != nil || !slices.Equal(done, []int64{2}) {
			t.Fatalf("done %v, %v", done, err)
		}

		if got := deadIDs(t, b, requests); !slices.Equal(got, []string{"a", "c"}) {
			t.Errorf("dead are %v", got)
		}

		r, err := c.NewReceiverForQueue(requests, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.ReceiveMessages(t.Context(), 1, nil)
		if err != nil {
			t.Fatal(err)
		}

		m := got[0]
		if m.MessageID != "b" || string(m.Body) != `{"id":"b"}` || *m.ContentType != "application/json" || m.DeliveryCount != 1 {
			t.Errorf("came back as %s %s", m.MessageID, m.Body)
		}
		if p := m.ApplicationProperties; len(p) != 2 || p["requestId"] != "b" || !dsr.SentAgain(p) {
			t.Errorf("properties %v", p)
		}
	})
}

func TestOtherLockedMessagesAreAbandonedAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		bury(t, b, c, requests, "a", "b", "c")
		start := time.Now()

		for _, number := range []int64{3, 1, 2} { // each is found, none waits for a lock to expire
			if done, err := b.Purge(t.Context(), requests, []int64{number}); err != nil || len(done) != 1 {
				t.Fatalf("%d: done %v, %v", number, done, err)
			}
		}

		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("it took %s", took)
		}
		if got := deadIDs(t, b, requests); len(got) != 0 {
			t.Errorf("dead are %v", got)
		}
	})
}

func TestADeadLetterThatAnotherHoldsIsLeftOut(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		bury(t, b, c, queue, "a", "b")
		receive(t, c, &azservicebus.ReceiverOptions{SubQueue: azservicebus.SubQueueDeadLetter}) // a
		done, err := b.Purge(t.Context(), queue, []int64{1, 2})
		if err != nil || !slices.Equal(done, []int64{2}) {
			t.Errorf("done %v, %v", done, err)
		}
	})
}

func TestADeadLetterThatCannotBeTakenKeepsNoneBehindIt(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		bury(t, b, c, requests, "a", "b", "c")
		refused := errors.New("refused")
		n, err := b.Drain(t.Context(), requests, func(_ context.Context, d dsr.DeadLetter) error {
			if d.MessageID == "a" {
				return refused
			}
			return nil
		})
		if n != 2 || !errors.Is(err, refused) {
			t.Errorf("took %d, %v", n, err)
		}
		if got := deadIDs(t, b, requests); !slices.Equal(got, []string{"a"}) {
			t.Errorf("dead are %v", got)
		}
	})
}

func TestDeadLettersOfOneReasonAreTaken(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		bury(t, b, c, requests, "a", "b")
		for reason, want := range map[string]int{"Transient": 0, "InvalidRequest": 2} {
			n, err := b.DrainReason(t.Context(), requests, reason, func(context.Context, dsr.DeadLetter) error { return nil })
			if n != want || err != nil {
				t.Errorf("%s: %d, %v", reason, n, err)
			}
		}
	})
}

func TestADeadLetterStaysWhenItCannotBeSentAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		bury(t, b, c, requests, "a", "b")
		refused := errors.New("refused")
		done, err := b.TakeDead(t.Context(), requests, []int64{1, 2}, func(m *azservicebus.ReceivedMessage) error {
			if m.MessageID == "b" {
				return refused
			}
			return nil
		})
		if !errors.Is(err, refused) || !slices.Equal(done, []int64{1}) {
			t.Errorf("done %v, %v", done, err)
		}
		if got := deadIDs(t, b, requests); !slices.Equal(got, []string{"b"}) {
			t.Errorf("dead are %v", got)
		}
	})
}

func TestManyDeadLettersAreFoundInOneWalk(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		var ids []string
		for i := range 250 {
			ids = append(ids, fmt.Sprint(i))
		}

		bury(t, b, c, requests, ids...)

		if done, err := b.Purge(t.Context(), requests, []int64{250, 120}); err != nil || len(done) != 2 {
			t.Errorf("done %v, %v", done, err)
		}
		if got := deadIDs(t, b, requests); len(got) != 248 {
			t.Errorf("%d are left", len(got))
		}
	})
}

func TestRightsAreTriedWithoutATrace(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, _ *azservicebus.Client) {
		for _, q := range []string{queue, bus.DeadLetter(queue)} {
			if err := b.TryListen(t.Context(), q); err != nil {
				t.Errorf("listening to %s: %v", q, err)
			}
		}
		if err := b.TrySend(t.Context(), queue); err != nil {
			t.Error(err)
		}
		if _, found, err := b.Oldest(t.Context(), queue); found || err != nil {
			t.Errorf("something was sent, %v", err)
		}
		if b.TryListen(t.Context(), "no-such-queue") == nil || b.TrySend(t.Context(), "no-such-queue") == nil {
			t.Error("a queue that isn't there may be used")
		}
	})
}
