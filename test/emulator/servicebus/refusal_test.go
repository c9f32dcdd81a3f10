package servicebus_test

import (
	"errors"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

func refusalStories() []story {
	return []story{
		{"an unknown queue is not found", true, testUnknown},
		{"sending to a dead-letter queue is refused", true, testSendDead},
		{"a session of a queue that has none is refused", true, testSession},
	}
}

func testUnknown(t *testing.T, h Harness) {
	c := h.Client(t)
	wantCode(t, sender(t, c, "nowhere").SendMessage(t.Context(), message("a"), nil), azservicebus.CodeNotFound)
	_, err := receiver(t, c, "nowhere", nil).ReceiveMessages(t.Context(), 1, nil)
	wantCode(t, err, azservicebus.CodeNotFound)
}

func testSendDead(t *testing.T, h Harness) {
	if err := sender(t, h.Client(t), "plain/$DeadLetterQueue").SendMessage(t.Context(), message("a"), nil); err == nil {
		t.Fatal("it was taken")
	}
}

func testSession(t *testing.T, h Harness) {
	if _, err := h.Client(t).AcceptSessionForQueue(t.Context(), "plain", "session", nil); err == nil {
		t.Fatal("it was accepted")
	}
}

// A peek at what does not exist is answered at once, also where its name is that of a
// subscription: a client that is told "not implemented" tries again for minutes.
func TestAPeekAtASubscriptionIsNotFound(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		client := b.Client(t)
		r, err := client.NewReceiverForSubscription("x", "y", nil)
		check(t, err)
		began := time.Now()
		_, err = r.PeekMessages(t.Context(), 1, nil)
		e, ok := errors.AsType[*azservicebus.Error](err)
		if !ok || e.Code != azservicebus.CodeNotFound || time.Since(began) > time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}
