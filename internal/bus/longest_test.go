package bus_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
)

func TestTheLongestRequestCanBeScheduledAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, _ *azservicebus.Client) {
		a := dsr.Attempt{RequestID: string(bytes.Repeat([]byte("r"), 64)), Number: 999_999}
		body := bytes.Repeat([]byte(" "), dsr.MaxRequest)
		if err := b.Send(t.Context(), requests, dsr.RequestMessage(body, a, 999_999, time.Now(), time.Now().Add(time.Hour))); err != nil {
			t.Error(err)
		}
	})
}
