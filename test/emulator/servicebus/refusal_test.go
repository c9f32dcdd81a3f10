package servicebus_test

import (
	"testing"

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
