package main

import (
	"context"
	"net"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/test/emulator/servicebus"
	"azureml-dsr/test/emulator/servicebus/wire"
)

func number(n uint32) *uint32 { return &n }

// dialogue is what a client may send: two protocol headers, a login, and three
// transfers of which the second begins a delivery that the third ends.
func dialogue() []byte {
	b := []byte("AMQP\x03\x01\x00\x00AMQP\x00\x01\x00\x00")
	b = wire.AppendFrame(b, wire.FrameSASL, 0, nil, []byte("\x00\x53\x41\xc0\x03\x01\xa3\x00"))
	b = wire.AppendFrame(b, wire.FrameAMQP, 0, &wire.Transfer{DeliveryID: number(0)}, []byte("AMQP in a message"))
	b = wire.AppendFrame(b, wire.FrameAMQP, 0, nil, nil) // keeps the connection alive
	b = wire.AppendFrame(b, wire.FrameAMQP, 0, &wire.Disposition{Role: true, Settled: true}, nil)
	b = wire.AppendFrame(b, wire.FrameAMQP, 0, &wire.Transfer{DeliveryID: number(1), More: true}, make([]byte, 300))
	return wire.AppendFrame(b, wire.FrameAMQP, 0, &wire.Transfer{}, make([]byte, 300))
}

func TestDeliveriesAreCountedHoweverTheBytesArrive(t *testing.T) {
	for _, size := range []int{1, 3, 7, 64, 10_000} {
		var n atomic.Int64
		c := frameCounter{requests: &n}
		for part := range slices.Chunk(dialogue(), size) {
			c.see(part)
		}
		if n.Load() != 2 {
			t.Errorf("in pieces of %d: counted %d deliveries, not 2", size, n.Load())
		}
	}
}

// A real client's sends are counted, and nothing while it is idle.
func TestSendsOfARealClientAreCounted(t *testing.T) {
	broker, err := servicebus.New(servicebus.Config{Queues: []servicebus.QueueConfig{{Name: "q", LockDuration: 60e9, MaxDeliveryCount: 5}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}

	var n atomic.Int64
	served := make(chan error, 1)
	go func() { served <- broker.Serve(countingListener{l, &n}) }()
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
		<-served
	})

	client, err := azservicebus.NewClientFromConnectionString(servicebus.ConnectionString(l.Addr().String()), nil)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = client.Close(context.Background()) })
	sender, err := client.NewSender("q", nil)
	if err != nil {
		t.Fatal(err)
	}

	send := func() int64 {
		t.Helper()
		if err := sender.SendMessage(t.Context(), &azservicebus.Message{Body: []byte("AMQP")}, nil); err != nil {
			t.Fatal(err)
		}
		return n.Load()
	}

	first := send() // claims and the like come before it
	for i := int64(1); i <= 3; i++ {
		if got := send(); got != first+i {
			t.Errorf("after %d more sends: %d counted beyond the first", i, got-first)
		}
	}
}
