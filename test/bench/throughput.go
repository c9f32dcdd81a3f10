package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	fake "azureml-dsr/test/emulator/fakeml"
)

// throughput compares documents per second with the loop's, at each latency.
func (b *bench) throughput(ctx context.Context) error {
	for _, size := range b.sizes.Followers {
		if err := b.throughputAt(ctx, size); err != nil {
			return fmt.Errorf("at %s: %w", size.Latency, err)
		}
	}
	return nil
}

// pairs are the figures of worker and loop taking turns.
type pairs struct{ worker, loop, workerCPU, loopCPU []float64 }

func (b *bench) throughputAt(ctx context.Context, size followersSize) (err error) {
	account := accountOf(size.Runs, 1)
	h, err := b.startHarness(ctx, harnessOptions{Account: account, Latency: size.Latency, Hosts: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()

	var p pairs
	for round := range b.sizes.Rounds {
		if err := b.turn(ctx, h, account, round, &p); err != nil {
			return err
		}
	}

	b.compare(p, size)

	return nil
}

// turn lets the worker export, and then the loop, on the same fake and storage.
func (b *bench) turn(ctx context.Context, h *harness, account fake.Account, round int, p *pairs) error {
	e, err := h.export(ctx, fmt.Sprintf("turn-%d", round), account, withFollowers)
	if err != nil {
		return err
	}
	l, err := b.loop(ctx, h, fmt.Sprintf("loop-%d", round), account, withFollowers)
	if err != nil {
		return err
	}
	if err := e.called.sameAs(l.called); err != nil {
		return err
	}
	if e.documents != l.documents {
		return fmt.Errorf("the worker exported %d documents, the loop %d", e.documents, l.documents)
	}

	b.log.Info("turn", "round", round, "worker", e.rate(), "loop", l.rate(), "workerCPU", e.cpu, "loopCPU", l.cpu,
		"workerInFlight", e.inFlight, "loopInFlight", l.inFlight)
	p.worker, p.loop = append(p.worker, e.rate()), append(p.loop, l.rate())
	p.workerCPU = append(p.workerCPU, perThousand(e.cpu, e.documents))
	p.loopCPU = append(p.loopCPU, perThousand(l.cpu, l.documents))

	return nil
}

func perThousand(cpu time.Duration, documents int64) float64 {
	return cpu.Seconds() / float64(documents) * 1000
}

// compare adds the medians.
func (b *bench) compare(p pairs, size followersSize) {
	const atMost = 1.3 // times the loop's
	atLeast := 0.72
	switch {
	case size.Latency >= 50*time.Millisecond:
		atLeast = 0.92
	case size.Latency > 0:
		atLeast = 0.85
	}

	worker, loop := median(p.worker), median(p.loop)
	b.results.add(row{
		what:   fmt.Sprintf("documents/s, %s runs with followers, %s, median of %d", count(size.Runs), at(size.Latency), len(p.worker)),
		worker: fmt.Sprintf("%.0f", worker),
		loop:   fmt.Sprintf("%.0f", loop),
		ratio:  fmt.Sprintf("%.2f", worker/loop),
		goal:   goal(worker/loop >= atLeast, fmt.Sprintf("≥ %.2f", atLeast)),
	})

	worker, loop = median(p.workerCPU), median(p.loopCPU)
	b.results.add(row{
		what:   "CPU seconds per 1,000 documents, " + at(size.Latency),
		worker: fmt.Sprintf("%.3f", worker),
		loop:   fmt.Sprintf("%.3f", loop),
		ratio:  fmt.Sprintf("%.2f", worker/loop),
		goal:   goal(worker <= atMost*loop, fmt.Sprintf("≤ %.1f ×", atMost)),
	})
}

func at(latency time.Duration) string { return fmt.Sprintf("at %d ms", latency.Milliseconds()) }
