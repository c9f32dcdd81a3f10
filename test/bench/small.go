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
	// smallLooks is how exactly the end of a small request is known.
	smallLooks = 10 * time.Millisecond
)

// small times small requests, one after another, while nothing else runs: from
// sending the request until its manifest is there.
func (b *bench) small(ctx context.Context) (err error) {
	account := accountOf(smallRuns, 0)
	r, err := b.startHarness(ctx, harnessOptions{Account: account, Latency: smallLatency})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	if err := r.addHosts(ctx, 1); err != nil {
		return err
	}

	var times []time.Duration
	for n := range b.sizes.SmallRequests {
		m, took, err := r.request(ctx, requestFor(fmt.Sprintf("small-%d", n), account, false), smallLooks)
		if err != nil {
			return err
		}
		if err := complete(m, account, false); err != nil {
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
