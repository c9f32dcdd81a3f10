package bus_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
)

const queue = dsr.QueueExports

// receive returns the next message of a queue and leaves it locked.
func receive(t *testing.T, c *azservicebus.Client, opts *azservicebus.ReceiverOptions) *azservicebus.ReceivedMessage {
	t.Helper()
	r, err := c.NewReceiverForQueue(queue, opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got, err := r.ReceiveMessages(ctx, 1, nil)
	if err != nil {
		t.Fatalf("receiving: %v", err)
	}
	return got[0]
}

func send(t *testing.T, b *bus.Bus, messages ...dsr.Message) {
	t.Helper()
	if err := b.Send(t.Context(), queue, messages...); err != nil {
		t.Fatal(err)
	}
}

func TestMessagesArriveAsTheyWereSent(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		k := dsr.Task{
			SchemaVersion: "1.0",
			RequestID:     "r",
			Attempt:       1,
			Node:          "00001",
			Pass:          1,
			Page:          1,
			Type:          "runs",
		}
		m, err := k.Message(time.Time{})
		if err != nil {
			t.Fatal(err)
		}

		send(t, b, m)
		got := receive(t, c, nil)
		if got.MessageID != k.MessageID() || string(got.Body) != string(m.Body) || *got.ContentType != "application/json" {
			t.Errorf("got %s %s", got.MessageID, got.Body)
		}
		if p := got.ApplicationProperties; p["requestId"] != "r" || p["resourceType"] != "runs" || p["traceparent"] == nil || p["traceparent"] != p["Diagnostic-Id"] {
			t.Errorf("properties %v", got.ApplicationProperties)
		}
	})
}

func TestManyMessagesGoInBatchesThatFit(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		var many []dsr.Message
		for i := range 700 {
			many = append(many, dsr.Message{ID: fmt.Sprint(i), Body: []byte(strings.Repeat("x", 1000))})
		}

		send(t, b, many...)
		r, err := c.NewReceiverForQueue(queue, nil)
		if err != nil {
			t.Fatal(err)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()

		for n := 0; n < len(many); {
			got, err := r.ReceiveMessages(ctx, len(many)-n, nil)
			if err != nil {
				t.Fatalf("%d messages arrived, %v; want %d", n, err, len(many))
			}
			n += len(got)
		}
	})
}

func TestAMessageForLaterComesLater(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		start := time.Now()
		send(t, b, dsr.Message{ID: "later", Body: []byte("{}"), NotBefore: start.Add(40 * time.Second)}, dsr.Message{ID: "now", Body: []byte("{}")})
		if got := receive(t, c, nil); got.MessageID != "now" {
			t.Errorf("first came %s", got.MessageID)
		}
		if got := receive(t, c, nil); got.MessageID != "later" || time.Since(start) < 40*time.Second {
			t.Errorf("%s came after %s", got.MessageID, time.Since(start))
		}
	})
}

func TestSettlingByLockToken(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		send(t, b, dsr.Message{ID: "done", Body: []byte("{}")}, dsr.Message{ID: "bad", Body: []byte("{}")})
		done, bad := receive(t, c, nil), receive(t, c, nil)
		if err := b.Complete(t.Context(), queue, done.LockToken); err != nil {
			t.Error(err)
		}
		if err := b.MoveToDeadLetter(t.Context(), queue, bad.LockToken, "Reason", strings.Repeat("ü", 3000)); err != nil {
			t.Error(err)
		}

		dead := receive(t, c, &azservicebus.ReceiverOptions{SubQueue: azservicebus.SubQueueDeadLetter})
		if dead.MessageID != bad.MessageID || *dead.DeadLetterReason != "Reason" || len(*dead.DeadLetterErrorDescription) != 4096 {
			t.Errorf("dead letter %s: %v", dead.MessageID, dead.DeadLetterReason)
		}
		if err := b.Complete(t.Context(), bus.DeadLetter(queue), dead.LockToken); err != nil {
			t.Error(err)
		}

		for _, q := range []string{queue, bus.DeadLetter(queue)} {
			if _, found, err := b.Oldest(t.Context(), q); found || err != nil {
				t.Errorf("%s still holds something, %v", q, err)
			}
		}
		if err := b.Complete(t.Context(), queue, done.LockToken); err == nil {
			t.Error("a lost lock settled a message")
		}
	})
}

func TestOldestPassesOverWhatIsScheduledAndSeesWhatIsLocked(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		var scheduled []dsr.Message
		for i := range 250 { // more than a peek gives at once
			scheduled = append(scheduled, dsr.Message{ID: fmt.Sprint(i), Body: []byte("{}"), NotBefore: time.Now().Add(time.Hour)})
		}

		scheduled[249].Properties = map[string]any{"requestId": "later"}
		send(t, b, scheduled...)

		if _, found, err := b.Oldest(t.Context(), queue); found || err != nil {
			t.Errorf("a scheduled message counts, %v", err)
		}

		<-time.After(10 * time.Second)
		sent := time.Now()
		send(t, b, dsr.Message{ID: "waits", Body: []byte("{}"), Properties: map[string]any{"requestId": "r"}})
		receive(t, c, nil)

		for range 2 { // a second scan starts over
			oldest, found, err := b.Oldest(t.Context(), queue)
			if err != nil || !found || oldest.Before(sent.Add(-time.Second)) || oldest.After(time.Now()) {
				t.Errorf("oldest %s %t, %v; sent at %s", oldest, found, err, sent)
			}
		}
		if held, err := b.Holds(t.Context(), queue, "requestId", "r"); err != nil || !held {
			t.Errorf("the message isn't found by its property, %v", err)
		}
		if held, err := b.Holds(t.Context(), queue, "requestId", "other"); err != nil || held {
			t.Errorf("another's message is found, %v", err)
		}
		values, err := b.Values(t.Context(), "requestId", queue)
		if diff := cmp.Diff(map[string]bool{"r": true, "later": true}, values); err != nil || diff != "" {
			t.Errorf("the values of the property, %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestConcurrentFirstUsesLeakNoGoroutines(t *testing.T) {
	// A bubble ends only when every goroutine in it has ended, and a forgotten link
	// keeps the goroutines that renew its claim. The client forgets a link in a
	// narrow window only, so the calls start at the same moment, many times.
	for range 40 {
		inBubble(t, func(t *testing.T, b *bus.Bus, _ *azservicebus.Client) {
			start := make(chan struct{})
			var wg sync.WaitGroup
			for i := range 32 {
				wg.Go(func() {
					<-start
					if err := b.Send(t.Context(), queue, dsr.Message{ID: fmt.Sprint(i), Body: []byte("{}")}); err != nil {
						t.Error(err)
					}
				})
			}

			synctest.Wait()
			close(start)
			wg.Wait()
		})
	}
}
