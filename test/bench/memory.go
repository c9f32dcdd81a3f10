package main

import (
	"context"
	"errors"
	"fmt"

	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/procfs"
)

// mostMemory is the goal for the peak at any size, in bytes.
const mostMemory = 64 << 20

// memory takes the handler's peak at each size, each time of a new process.
func (b *bench) memory(ctx context.Context) error {
	for _, runs := range b.sizes.Followed {
		peak, err := b.peak(ctx, accountOf(runs, 1), withFollowers)
		if err != nil {
			return fmt.Errorf("%d runs with followers: %w", runs, err)
		}
		b.addPeak(fmt.Sprintf("%s runs with followers", count(runs)), peak)
	}

	for _, runs := range b.sizes.Alone {
		peak, err := b.peak(ctx, accountOf(runs, 0), runsAlone)
		if err != nil {
			return fmt.Errorf("%d runs alone: %w", runs, err)
		}
		b.addPeak(fmt.Sprintf("%s runs alone", count(runs)), peak)
	}

	return b.largeArtifacts(ctx)
}

// largeArtifacts copies artifacts that are many at once because each is a task
// of its own.
func (b *bench) largeArtifacts(ctx context.Context) error {
	account := accountOf(b.sizes.Artifacts, 1)
	account.ArtifactSize = func(_, _, _, _ int) int64 { return b.sizes.ArtifactSize }
	peak, err := b.peak(ctx, account, withFollowers, "CHUNK_ITEMS=1")
	if err != nil {
		return fmt.Errorf("large artifacts: %w", err)
	}

	b.addPeak(fmt.Sprintf("%d artifacts of %d MiB in %d invocations at once, %d copied at once",
		b.sizes.Artifacts, b.sizes.ArtifactSize>>20, b.sizes.Artifacts, peak.copied), peak)

	return nil
}

// peakUse is what a handler used at most at any time of an export.
type peakUse struct {
	memory int64 // bytes
	copied int   // artifacts at once
}

// peak exports an account with a new handler and returns the handler's peaks.
func (b *bench) peak(ctx context.Context, account fake.Account, of extent, env ...string) (p peakUse, err error) {
	h, err := b.startHarness(ctx, harnessOptions{Account: account, Hosts: 1, Env: env})
	if err != nil {
		return peakUse{}, err
	}
	defer func() { err = errors.Join(err, h.close()) }()

	if _, err := h.export(ctx, "memory", account, of); err != nil {
		return peakUse{}, err
	}
	memory, err := procfs.PeakMemory(h.handlers()[0])

	return peakUse{memory, h.upstream.copied.take()}, err
}

func (b *bench) addPeak(what string, p peakUse) {
	b.results.add(row{
		what: "peak memory, " + what, worker: fmt.Sprintf("%.1f MiB", float64(p.memory)/(1<<20)),
		goal: goal(p.memory <= mostMemory, "≤ 64 MiB"),
	})
}
