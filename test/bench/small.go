package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// smallRuns are the runs of a small request: with the four pages that list them it
	// has 44 documents.
	smallRuns = 40
	// mostSmall is the goal for a small request.
	mostSmall = 1500 * time.Millisecond
	// smallLatency is the fake's before each answer.
	smallLatency = 50 * time.Millisecond
)

// small times small requests, one after another, while nothing else runs: from
// sending the request until its manifest is there.
func (b *bench) small(ctx context.Context) (err error) {
	account := accountOf(smallRuns, 0)
	h, err := b.startHarness(ctx, harnessOptions{Account: account, Latency: smallLatency, Hosts: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()

	var times []time.Duration
	for n := range b.sizes.SmallRequests {
		m, took, err := h.request(ctx, requestFor(fmt.Sprintf("small-%d", n), account, runsAlone), runsOf(account))
		if err != nil {
			return err
		}
		if err := complete(m, account, runsAlone); err != nil {
			return err
		}
		if n > 0 { // the first one opens connections
			times = append(times, took)
		}
	}

	slowest := percentile(times, 95)
	b.results.add(row{
		what:   fmt.Sprintf("a small request, nothing else running, p50 / p95 of %d", len(times)),
		worker: fmt.Sprintf("%.2f s / %.2f s", median(times).Seconds(), slowest.Seconds()),
		goal:   goal(slowest <= mostSmall, "≤ 1.5 s"),
	})

	return nil
}
