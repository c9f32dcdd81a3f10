package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// scalingLatency leaves the cores room for several handlers.
	scalingLatency = 50 * time.Millisecond
	// leastLinear is the goal for what each further handler adds.
	leastLinear = 0.90
)

// scaling exports the same account with one handler, then with each number of handlers.
func (b *bench) scaling(ctx context.Context) (err error) {
	account := accountOf(b.sizes.ScalingRuns, 0)
	h, err := b.startHarness(ctx, harnessOptions{Account: account, Latency: scalingLatency, Hosts: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()

	if _, err := h.export(ctx, "handlers-warm", account, runsAlone); err != nil {
		return err
	}
	one, err := h.export(ctx, "handlers-1", account, runsAlone)
	if err != nil {
		return err
	}

	for _, n := range b.sizes.Handlers {
		if err := h.addHosts(ctx, n); err != nil {
			return err
		}
		e, err := h.export(ctx, fmt.Sprintf("handlers-%d", n), account, runsAlone)
		if err != nil {
			return err
		}

		linear := e.rate() / one.rate() / float64(n)
		b.results.add(row{
			what:   fmt.Sprintf("documents/s, %s runs alone, at 50 ms, %d handlers, beside %d times one", count(b.sizes.ScalingRuns), n, n),
			worker: fmt.Sprintf("%.0f, %.0f", e.rate(), one.rate()),
			ratio:  fmt.Sprintf("%.2f", linear),
			goal:   goal(linear >= leastLinear, "≥ 0.90"),
		})
	}

	return nil
}
