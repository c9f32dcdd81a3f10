package servicebus_test

import (
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

func refusalStories() []story {
	return []story{
		{"an unknown queue is not found", true, tellUnknown},
		{"sending to a dead-letter queue is refused", true, tellSendDead},
		{"deferring is not implemented and the lock stays", true, tellDefer},
		{"sessions are not implemented", true, tellSession},
	}
}

func tellUnknown(t *testing.T, h Harness) {
	c := h.Client(t)
	wantCode(t, sender(t, c, "nowhere").SendMessage(t.Context(), message("a"), nil), azservicebus.CodeNotFound)
	_, err := receiver(t, c, "nowhere", nil).ReceiveMessages(t.Context(), 1, nil)
	wantCode(t, err, azservicebus.CodeNotFound)
	_, err = receiver(t, c, "topic/Subscriptions/sub", nil).PeekMessages(t.Context(), 1, nil)
	wantCode(t, err, azservicebus.CodeNotFound)
}

func tellSendDead(t *testing.T, h Harness) {
	if err := sender(t, h.Client(t), "plain/$DeadLetterQueue").SendMessage(t.Context(), message("a"), nil); err == nil {
		t.Fatal("it was taken")
	}
}

func tellDefer(t *testing.T, h Harness) {
	c := h.Client(t)
	send(t, sender(t, c, "plain"), message("a"))
	r := receiver(t, c, "plain", nil)
	m := receive(t, r, 1)[0]
	if err := r.DeferMessage(t.Context(), m, nil); err == nil {
		t.Fatal("it was deferred")
	}
	check(t, r.CompleteMessage(t.Context(), byToken(m), nil))
}

func tellSession(t *testing.T, h Harness) {
	if _, err := h.Client(t).AcceptSessionForQueue(t.Context(), "plain", "session", nil); err == nil {
		t.Fatal("it was accepted")
	}
}
