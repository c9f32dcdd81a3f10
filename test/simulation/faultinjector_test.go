package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus/queue"
)

// errDead is what everything answers in a process that has died.
var errDead = errors.New("the process is dead")

// fault injector counts the external effects of a process and kills it at one of
// them: before it, or after it and before its answer arrives.
type faultInjector struct {
	mu    sync.Mutex
	count int
	at    int
	after bool
	// on, where set, chooses the effect by its name instead of at.
	on    func(name string) bool
	dead  bool
	names []string
	// looks counts the external calls without effect.
	looks int
	// listing is how long a listing takes for each call's worth of names.
	listing time.Duration
	// gate, where set, is called before each effect and look: it may wait.
	gate func(name string)
}

func (w *faultInjector) isDead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dead
}

// look is an external call without effect.
func (w *faultInjector) look() error {
	if w.gate != nil {
		w.gate("look")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return errDead
	}
	w.looks++
	return nil
}

func (w *faultInjector) effect(name string, do func() error) error {
	if w.gate != nil {
		w.gate(name)
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return errDead
	}

	w.count++
	w.names = append(w.names, name)
	hit := w.count == w.at || (w.on != nil && w.on(name))
	if hit && !w.after {
		w.dead = true
		return fmt.Errorf("before %s: %w", name, errDead)
	}

	err := do()
	if hit {
		w.dead = true
		return fmt.Errorf("after %s: %w", name, errDead)
	}

	return err
}

// wiredBackend is a container whose effects run over a fault injector.
type wiredBackend struct {
	archive.Backend
	wire *faultInjector
}

func (b wiredBackend) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	return b.wire.effect("put "+name, func() error { return b.Backend.Put(ctx, name, body, meta) })
}

func (b wiredBackend) Stage(ctx context.Context, name string, id archive.BlockID, body []byte) error {
	return b.wire.effect("stage "+name, func() error { return b.Backend.Stage(ctx, name, id, body) })
}

func (b wiredBackend) Commit(ctx context.Context, name string, ids []archive.BlockID, meta map[string]string) error {
	return b.wire.effect("commit "+name, func() error { return b.Backend.Commit(ctx, name, ids, meta) })
}

func (b wiredBackend) Replace(ctx context.Context, name string, body []byte) error {
	return b.wire.effect("replace "+name, func() error { return b.Backend.Replace(ctx, name, body) })
}

func (b wiredBackend) Swap(ctx context.Context, name string, body []byte, etag string) (version string, err error) {
	err = b.wire.effect("swap "+name, func() error {
		version, err = b.Backend.Swap(ctx, name, body, etag)
		return err
	})
	return version, err
}

func (b wiredBackend) Delete(ctx context.Context, name string) error {
	return b.wire.effect("delete "+name, func() error { return b.Backend.Delete(ctx, name) })
}

func (b wiredBackend) Stat(ctx context.Context, name string) (archive.Info, error) {
	if err := b.wire.look(); err != nil {
		return archive.Info{}, err
	}
	return b.Backend.Stat(ctx, name)
}

func (b wiredBackend) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	if err := b.wire.look(); err != nil {
		return nil, archive.Info{}, err
	}
	return b.Backend.Open(ctx, name, offset)
}

func (b wiredBackend) ListPage(ctx context.Context, prefix, from string, most int) ([]archive.Info, bool, error) {
	if err := b.wire.look(); err != nil {
		return nil, false, err
	}
	<-time.After(b.wire.listing)
	return b.Backend.ListPage(ctx, prefix, from, most)
}

// List goes by ListPage: between any two calls other work has its effects.
func (b wiredBackend) List(ctx context.Context, prefix, from string) iter.Seq2[archive.Info, error] {
	return archive.ListBy(ctx, b.ListPage, prefix, from)
}

// wiredBus is the simulation's queues over a fault injector.
type wiredBus struct {
	w    *simulation
	wire *faultInjector
}

func (b wiredBus) Send(_ context.Context, name string, messages ...dsr.Message) error {
	if len(messages) == 0 {
		return nil
	}
	if err := b.w.refused("sending to", name); err != nil {
		return err
	}
	return b.wire.effect("send "+name, func() error {
		for _, m := range messages {
			_, err := b.w.queue(name).Send(queue.Message{
				ID:           m.ID,
				Size:         len(m.Body),
				Payload:      m,
				ScheduledFor: m.NotBefore,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (b wiredBus) Complete(_ context.Context, name string, token [16]byte) error {
	if err := b.w.refused("completing a message of", name); err != nil {
		return err
	}
	return b.wire.effect("complete "+name, func() error { return b.w.queue(name).Settle(queue.Complete, nil, token) })
}

func (b wiredBus) MoveToDeadLetter(_ context.Context, name string, token [16]byte, reason, description string) error {
	if err := b.w.refused("dead-lettering a message of", name); err != nil {
		return err
	}
	return b.wire.effect("dead-letter "+name, func() error {
		return b.w.queue(name).Settle(queue.DeadLetter, []queue.Property{
			{Name: queue.DeadLetterReason, Value: reason}, {Name: queue.DeadLetterDescription, Value: description},
		}, token)
	})
}

func (b wiredBus) Oldest(_ context.Context, name string) (time.Time, bool, error) {
	if err := b.wire.look(); err != nil {
		return time.Time{}, false, err
	}
	if b.w.long {
		return time.Unix(0, 0), true, nil // as the bus says
	}
	for _, d := range b.w.queue(name).Peek(0, 1<<20) {
		if d.State != queue.Scheduled {
			return d.EnqueuedAt, true, nil
		}
	}
	return time.Time{}, false, nil
}

func (b wiredBus) MayHold(_ context.Context, name, property, value string) (bool, error) {
	if err := b.wire.look(); err != nil {
		return false, err
	}
	for _, d := range b.w.queue(name).Peek(0, 1<<20) {
		if m, ok := d.Payload.(dsr.Message); ok && m.Properties[property] == value {
			return true, nil
		}
	}
	return false, nil
}

// Drain takes under a lock, as the bus does: what dies on the way comes again.
func (b wiredBus) Drain(ctx context.Context, name string, take func(context.Context, dsr.DeadLetter) error) (n int, err error) {
	if b.w.undrainable {
		return 0, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "the queue is away")
	}

	for {
		d, ok := b.w.queue(bus.DeadLetter(name)).Receive()
		if !ok {
			return n, nil
		}

		m := d.Payload.(dsr.Message)
		letter := dsr.DeadLetter{
			Queue:          name,
			Body:           m.Body,
			MessageID:      m.ID,
			SequenceNumber: d.Sequence,
			EnqueuedTime:   d.EnqueuedAt,
			Deliveries:     int(d.DeliveryCount) + 1,
		}
		for _, p := range d.Properties {
			if text, _ := p.Value.(string); p.Name == queue.DeadLetterReason {
				letter.Reason = text
			}
		}

		if err := take(ctx, letter); err != nil {
			return n, err
		}
		if err := b.Complete(ctx, bus.DeadLetter(name), d.Token); err != nil {
			return n, err
		}

		n++
	}
}

// DrainUnbound has nothing to do: the messages of the simulation are bytes.
func (wiredBus) DrainUnbound(context.Context, string, func(context.Context, dsr.DeadLetter) error) (int, error) {
	return 0, nil
}
