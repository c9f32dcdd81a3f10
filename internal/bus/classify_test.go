package bus_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus"
)

// Calls of a bus, each on a queue.
func sending(ctx context.Context, b *bus.Bus, to string) error {
	return b.Send(ctx, to, dsr.Message{ID: "a", Body: []byte("{}")})
}

func scheduling(ctx context.Context, b *bus.Bus, to string) error {
	return b.Send(ctx, to, dsr.Message{ID: "a", Body: []byte("{}"), NotBefore: time.Now().Add(time.Hour)})
}

func batching(ctx context.Context, b *bus.Bus, to string) error {
	return b.Send(ctx, to, dsr.Message{ID: "a", Body: []byte("{}")}, dsr.Message{ID: "b", Body: []byte("{}")})
}

func tooLarge(ctx context.Context, b *bus.Bus, to string) error {
	return b.Send(ctx, to, dsr.Message{ID: "a", Body: bytes.Repeat([]byte("x"), 300_000)})
}

func settling(ctx context.Context, b *bus.Bus, in string) error {
	return b.Complete(ctx, in, [16]byte{1})
}

func browsing(ctx context.Context, b *bus.Bus, into string) error {
	_, _, err := b.Oldest(ctx, into)
	return err
}

func draining(ctx context.Context, b *bus.Bus, of string) error {
	_, err := b.Drain(ctx, of, func(context.Context, dsr.DeadLetter) error { return nil })
	return err
}

func TestAFailureOfServiceBusIsClassified(t *testing.T) {
	const away = "no-such-queue"
	for name, tt := range map[string]struct {
		do    func(context.Context, *bus.Bus, string) error
		queue string
		fault servicebus.Effect
		down  bool
		class dsr.Class
		says  string
	}{
		"a send to a busy one":              {sending, queue, servicebus.Busy, false, dsr.Throttled, "sending to dsr-exports: Service Bus is busy"},
		"a send for later to a busy one":    {scheduling, queue, servicebus.Busy, false, dsr.Throttled, "sending to dsr-exports: Service Bus is busy"},
		"a batch to a busy one":             {batching, queue, servicebus.Busy, false, dsr.Throttled, "sending to dsr-exports: Service Bus is busy"},
		"a settlement by a busy one":        {settling, queue, servicebus.Busy, false, dsr.Throttled, "completing a message of dsr-exports: Service Bus is busy"},
		"browsing a busy one":               {browsing, queue, servicebus.Busy, false, dsr.Throttled, "peeking into dsr-exports: Service Bus is busy"},
		"a send to a full queue":            {sending, queue, servicebus.Full, false, dsr.Throttled, "sending to dsr-exports: the queue is full"},
		"a send for later to a full queue":  {scheduling, queue, servicebus.Full, false, dsr.Throttled, "sending to dsr-exports: the queue is full"},
		"a send on a link that is detached": {sending, queue, servicebus.Detach, false, dsr.Transient, "sending to dsr-exports: Service Bus refuses access; grant"},
		"a send to no queue":                {sending, away, 0, false, dsr.Transient, "sending to no-such-queue: there is no such queue; create it"},
		"a settlement in no queue":          {settling, away, 0, false, dsr.Transient, "completing a message of no-such-queue: there is no such queue; create it"},
		"browsing no queue":                 {browsing, away, 0, false, dsr.Transient, "peeking into no-such-queue: there is no such queue; create it"},
		"a draining of no queue":            {draining, away, 0, false, dsr.Transient, "receiving from no-such-queue/$DeadLetterQueue: there is no such queue; create it"},
		"a send over no connection":         {sending, queue, 0, true, dsr.Transient, "sending to dsr-exports: the connection to Service Bus failed"},
		"a settlement over no connection":   {settling, queue, 0, true, dsr.Transient, "completing a message of dsr-exports: the connection to Service Bus failed"},
		"a settlement without a lock":       {settling, queue, 0, false, dsr.Unclear, "completing a message of dsr-exports: the lock was lost, "},
		"a message that is too large":       {tooLarge, queue, 0, false, dsr.Permanent, "sending to dsr-exports: the message is larger than the queue takes"},
	} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, f *fixture) {
				if tt.fault != 0 {
					f.server.Inject(servicebus.Fault{Do: tt.fault})
				}

				f.setDown(tt.down)

				err := tt.do(t.Context(), f.bus, tt.queue)
				e, ok := errors.AsType[*dsr.Error](err)
				if !ok || e.Class != tt.class || !strings.HasPrefix(e.Message, tt.says) || e.Err == nil {
					t.Fatalf("got %#v", err)
				}

				if pause := map[dsr.Class]time.Duration{dsr.Throttled: 10 * time.Second}[tt.class]; e.RetryAfter != pause {
					t.Errorf("the pause is %s, want %s", e.RetryAfter, pause)
				}
				if itself := tt.class == dsr.Throttled || tt.class == dsr.Transient; dsr.OfQueue(err) != itself {
					t.Errorf("that Service Bus itself failed is %t", !itself)
				}
			})
		})
	}
}

func TestTheEndOfTheCallersContextIsPassedOn(t *testing.T) {
	withFixture(t, func(t *testing.T, f *fixture) {
		f.server.Inject(servicebus.Fault{Do: servicebus.Busy})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, do := range []func(context.Context, *bus.Bus, string) error{sending, settling, browsing} {
			if err := do(ctx, f.bus, queue); !errors.Is(err, context.DeadlineExceeded) || dsr.OfQueue(err) {
				t.Errorf("got %#v", err)
			}
		}
	})
}

func TestServiceBusIsNamedByItsOwnErrorAsWell(t *testing.T) {
	withFixture(t, func(t *testing.T, f *fixture) {
		e, ok := errors.AsType[*azservicebus.Error](sending(t.Context(), f.bus, "no-such-queue"))
		if !ok || e.Code != azservicebus.CodeNotFound {
			t.Errorf("got %v", e)
		}
	})
}

func TestABusyServiceBusIsWaitedForInsideOneCall(t *testing.T) {
	for name, tt := range map[string]struct {
		patience time.Duration
		deadline time.Duration
		busy     time.Duration
		sent     bool
		within   time.Duration
	}{
		"without patience only azservicebus waits": {0, time.Hour, 2 * time.Minute, false, time.Minute},
		"with patience it is outlasted":            {2 * time.Minute, time.Hour, 100 * time.Second, true, 3 * time.Minute},
		"but not for ever":                         {2 * time.Minute, time.Hour, time.Hour, false, 4 * time.Minute},
		"and never to the end of the context":      {2 * time.Minute, 2 * time.Minute, time.Hour, false, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, f *fixture) {
				f.bus.Patience = tt.patience
				fault := f.server.Inject(servicebus.Fault{Do: servicebus.Busy})
				time.AfterFunc(tt.busy, fault.Remove)
				ctx, cancel := context.WithTimeout(t.Context(), tt.deadline)
				defer cancel()

				begun := time.Now()
				err := batching(ctx, f.bus, queue)
				if took := time.Since(begun); (err == nil) != tt.sent || took > tt.within {
					t.Errorf("%v after %s", err, took)
				}
				if err != nil && dsr.ClassOf(err) != dsr.Throttled {
					t.Errorf("got %#v", err)
				}
			})
		})
	}
}

func TestWhatWasSentBeforeAFailureIsNotSentAgain(t *testing.T) {
	withFixture(t, func(t *testing.T, f *fixture) {
		f.bus.Patience = 2 * time.Minute
		// The client tries four times; the first message is through by then.
		f.server.Inject(servicebus.Fault{
			On:    servicebus.Sending,
			Do:    servicebus.Busy,
			Skip:  1,
			Times: 4,
		})
		at := time.Now().Add(time.Hour)
		err := f.bus.Send(t.Context(), requests,
			dsr.Message{ID: "now", Body: []byte("{}")}, dsr.Message{ID: "later", Body: []byte("{}"), NotBefore: at})
		if got := f.server.Counts(requests); err != nil || got.Active != 1 || got.Scheduled != 1 {
			t.Errorf("%v; counts %+v", err, got)
		}
	})
}
