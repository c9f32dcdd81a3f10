package servicebus_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/test/emulator/servicebus"
)

// The benchmarks run one client and the broker in one process, over TCP.

// smallBody is the size of a small message's body, in bytes; a task message of
// the product has 200.
const smallBody = 100

// fixture is a queue with a client.
type fixture struct {
	*testing.B
	client *azservicebus.Client
	sender *azservicebus.Sender
}

func newFixture(b *testing.B) *fixture {
	b.Helper()
	s := servicebus.Start(b, servicebus.Config{Queues: []servicebus.QueueConfig{
		{Name: "bench", LockDuration: 5 * time.Minute, MaxDeliveryCount: 10},
	}})
	c, err := azservicebus.NewClientFromConnectionString(s.ConnectionString(), nil)
	if err != nil {
		b.Fatal(err)
	}

	b.Cleanup(func() { _ = c.Close(context.Background()) })
	sender, err := c.NewSender("bench", nil)
	if err != nil {
		b.Fatal(err)
	}

	return &fixture{b, c, sender}
}

func (b *fixture) receiver(mode azservicebus.ReceiveMode) *azservicebus.Receiver {
	b.Helper()
	r, err := b.client.NewReceiverForQueue("bench", &azservicebus.ReceiverOptions{ReceiveMode: mode})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// fill sends n messages in batches of 100.
func (b *fixture) fill(n, body int) {
	b.Helper()
	for n > 0 {
		batch, err := b.sender.NewMessageBatch(b.Context(), nil)
		if err != nil {
			b.Fatal(err)
		}

		for range min(n, 100) {
			if err := batch.AddMessage(&azservicebus.Message{Body: make([]byte, body)}, nil); err != nil {
				b.Fatal(err)
			}
			n--
		}
		if err := b.sender.SendMessageBatch(b.Context(), batch, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// drain empties the queue of n messages.
func (b *fixture) drain(n int) {
	b.Helper()
	r := b.receiver(azservicebus.ReceiveModeReceiveAndDelete)
	for n > 0 {
		got, err := r.ReceiveMessages(b.Context(), min(n, 1000), nil)
		if err != nil {
			b.Fatal(err)
		}
		n -= len(got)
	}
	if err := r.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// rate reports n messages an operation as messages a second.
func (b *fixture) rate(n int) {
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "messages/s")
}

func BenchmarkSendBatchOf100(b *testing.B) {
	for _, size := range []int{smallBody, 1000} {
		b.Run(fmt.Sprintf("of %d bytes", size), func(tb *testing.B) {
			b := newFixture(tb)
			sent := 0
			for b.Loop() {
				b.fill(100, size)
				if sent += 100; sent == 100_000 { // what grows without end measures memory
					b.StopTimer()
					b.drain(sent)
					sent = 0
					b.StartTimer()
				}
			}

			b.rate(100)
		})
	}
}

// BenchmarkReceiveAndCompleteOne asks for one message, completes it, and only
// then asks for the next.
func BenchmarkReceiveAndCompleteOne(tb *testing.B) {
	b := newFixture(tb)
	r := b.receiver(azservicebus.ReceiveModePeekLock)
	left := 0
	for b.Loop() {
		if left == 0 {
			b.StopTimer()
			left = 10_000
			b.fill(left, smallBody)
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

	b.rate(1)
}

// BenchmarkReceiveAndComplete64InFlight has 64 workers complete what one
// receiver gets.
func BenchmarkReceiveAndComplete64InFlight(tb *testing.B) {
	const workers = 64
	b := newFixture(tb)
	r := b.receiver(azservicebus.ReceiveModePeekLock)
	work := make(chan *azservicebus.ReceivedMessage, workers)
	var running, open sync.WaitGroup
	for range workers {
		running.Go(func() {
			for m := range work {
				if err := r.CompleteMessage(b.Context(), m, nil); err != nil {
					b.Error(err)
				}
				open.Done()
			}
		})
	}

	const round = 10_000
	for b.Loop() {
		b.StopTimer()
		b.fill(round, smallBody)
		b.StartTimer()

		for left := round; left > 0; {
			got, err := r.ReceiveMessages(b.Context(), min(left, workers), nil)
			if err != nil {
				b.Fatal(err)
			}

			left -= len(got)

			for _, m := range got {
				open.Add(1)
				work <- m
			}
		}

		open.Wait()
	}

	close(work)
	running.Wait()
	b.rate(round)
}

// BenchmarkAMillionMessages holds a million small messages, and reports what the
// process takes of the machine's memory, the client included.
func BenchmarkAMillionMessages(tb *testing.B) {
	b := newFixture(tb)
	for b.Loop() {
		b.fill(1_000_000, smallBody)
		b.StopTimer()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.Sys-m.HeapReleased)/(1<<20), "MiB-taken")
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-live")
		b.drain(1_000_000)
		b.StartTimer()
	}

	b.rate(1_000_000)
}

// BenchmarkScheduled reports how long after its time a scheduled message is in
// the receiver's hands.
func BenchmarkScheduled(tb *testing.B) {
	b := newFixture(tb)
	r := b.receiver(azservicebus.ReceiveModeReceiveAndDelete)
	var late []time.Duration
	for b.Loop() {
		at := time.Now().Add(50 * time.Millisecond).Truncate(time.Millisecond) // as the wire has it
		if _, err := b.sender.ScheduleMessages(b.Context(), []*azservicebus.Message{{}}, at, nil); err != nil {
			b.Fatal(err)
		}
		if _, err := r.ReceiveMessages(b.Context(), 1, nil); err != nil {
			b.Fatal(err)
		}
		late = append(late, time.Since(at))
	}

	slices.Sort(late)
	b.ReportMetric(float64(late[len(late)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(late[len(late)-1].Microseconds())/1000, "ms-latest")
}
