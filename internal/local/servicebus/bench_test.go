package servicebus_test

import (
	"context"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/local/servicebus"
)

// benchClient returns a client on a broker over TCP with one queue.
func benchClient(b *testing.B) *azservicebus.Client {
	b.Helper()
	s := servicebus.Start(b, servicebus.Config{Queues: []servicebus.QueueConfig{
		{Name: "bench", LockDuration: 300e9, MaxDeliveryCount: 10},
	}})
	c, err := azservicebus.NewClientFromConnectionString(s.ConnectionString(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// fillBatch sends 100 messages of 1 kB.
func fillBatch(b *testing.B, s *azservicebus.Sender) {
	b.Helper()
	batch, err := s.NewMessageBatch(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	for range 100 {
		if err := batch.AddMessage(&azservicebus.Message{Body: make([]byte, 1000)}, nil); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.SendMessageBatch(b.Context(), batch, nil); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkSendBatchOf100(b *testing.B) {
	s, err := benchClient(b).NewSender("bench", nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		fillBatch(b, s)
	}
}

func BenchmarkReceiveAndCompleteOne(b *testing.B) {
	c := benchClient(b)
	s, err := c.NewSender("bench", nil)
	if err != nil {
		b.Fatal(err)
	}
	r, err := c.NewReceiverForQueue("bench", nil)
	if err != nil {
		b.Fatal(err)
	}
	left := 0
	for b.Loop() {
		if left == 0 {
			b.StopTimer()
			fillBatch(b, s)
			left = 100
			b.StartTimer()
		}
		got, err := r.ReceiveMessages(b.Context(), 1, nil)
		if err != nil || len(got) != 1 {
			b.Fatal(len(got), err)
		}
		if err := r.CompleteMessage(b.Context(), got[0], nil); err != nil {
			b.Fatal(err)
		}
		left--
	}
}
