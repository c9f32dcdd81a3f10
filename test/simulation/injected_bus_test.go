package simulation_test

import (
	"context"
	"errors"
	"time"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus/queue"
)

// injectedBus is the simulation's queues behind a fault injector.
type injectedBus struct {
	sim    *simulation
	faults *faultInjector
}

func (b injectedBus) Send(_ context.Context, name string, messages ...dsr.Message) error {
	if len(messages) == 0 {
		return nil
	}
	if err := b.sim.refused("sending to", name); err != nil {
		return err
	}
	return b.faults.effect("send "+name, func() error {
		for _, m := range messages {
			if b.sim.outgoing != nil {
				m = b.sim.outgoing(m)
			}
			_, err := b.sim.queue(name).Send(queue.Message{
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

func (b injectedBus) Complete(_ context.Context, name string, token [16]byte) error {
	if err := b.sim.refused("completing a message of", name); err != nil {
		return err
	}
	return b.faults.effect("complete "+name, func() error { return b.sim.queue(name).Settle(queue.Complete, nil, token) })
}

func (b injectedBus) MoveToDeadLetter(_ context.Context, name string, token [16]byte, reason, description string) error {
	if err := b.sim.refused("dead-lettering a message of", name); err != nil {
		return err
	}
	return b.faults.effect("dead-letter "+name, func() error {
		return b.sim.queue(name).Settle(queue.DeadLetter, []queue.Property{
			{Name: queue.DeadLetterReason, Value: reason}, {Name: queue.DeadLetterDescription, Value: description},
		}, token)
	})
}

func (b injectedBus) Oldest(_ context.Context, name string) (time.Time, bool, error) {
	if err := b.faults.read(); err != nil {
		return time.Time{}, false, err
	}
	if b.sim.queuesTooLong {
		return time.Unix(0, 0), true, nil // as the bus says
	}
	for _, d := range b.sim.queue(name).Peek(0, 1<<20) {
		if d.State != queue.Scheduled {
			return d.EnqueuedAt, true, nil
		}
	}
	return time.Time{}, false, nil
}

func (b injectedBus) MayHold(_ context.Context, name, property, value string) (bool, error) {
	if err := b.faults.read(); err != nil {
		return false, err
	}
	for _, d := range b.sim.queue(name).Peek(0, 1<<20) {
		if m, ok := d.Payload.(dsr.Message); ok && m.Properties[property] == value {
			return true, nil
		}
	}
	return false, nil
}

func (b injectedBus) Values(_ context.Context, property string, names ...string) (map[string]bool, error) {
	values := map[string]bool{}
	for _, name := range names {
		if err := b.faults.read(); err != nil {
			return nil, err
		}
		for _, d := range b.sim.queue(name).Peek(0, 1<<20) {
			if text, ok := d.Payload.(dsr.Message).Properties[property].(string); ok {
				values[text] = true
			}
		}
	}
	return values, nil
}

// Drain takes under a lock, as the bus does: what dies on the way comes again.
func (b injectedBus) Drain(ctx context.Context, name string, take func(context.Context, dsr.DeadLetter) error) (n int, err error) {
	return b.drain(ctx, name, "", take)
}

// DrainReason is Drain for the dead letters with a reason.
func (b injectedBus) DrainReason(ctx context.Context, name, reason string, take func(context.Context, dsr.DeadLetter) error) (n int, err error) {
	return b.drain(ctx, name, reason, take)
}

func (b injectedBus) drain(ctx context.Context, name, reason string, take func(context.Context, dsr.DeadLetter) error) (n int, err error) {
	if b.sim.undrainable {
		return 0, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "the queue is away")
	}

	var kept []queue.Token
	defer func() {
		err = errors.Join(err, b.sim.queue(bus.DeadLetter(name)).Settle(queue.Abandon, nil, kept...))
	}()

	for {
		d, ok := b.sim.queue(bus.DeadLetter(name)).Receive()
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

		if reason != "" && letter.Reason != reason {
			kept = append(kept, d.Token)
			continue
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

// DrainUnbound has nothing to do: the simulation's messages are bytes.
func (injectedBus) DrainUnbound(context.Context, string, func(context.Context, dsr.DeadLetter) error) (int, error) {
	return 0, nil
}
