package main

import (
	"context"
	"errors"
	"fmt"

	fake "azureml-dsr/test/emulator/fakeml"
)

// mostMemory is the goal for the peak at any size, in bytes.
const mostMemory = 64 << 20

// memory takes the handler's peak at each size, each time of a new process.
func (b *bench) memory(ctx context.Context) error {
	for _, runs := range b.sizes.Followed {
		what := fmt.Sprintf("%s runs with followers", count(runs))
		if err := b.peak(ctx, what, accountOf(runs, 1), true); err != nil {
			return err
		}
	}

	for _, runs := range b.sizes.Alone {
		what := fmt.Sprintf("%s runs alone", count(runs))
		if err := b.peak(ctx, what, accountOf(runs, 0), false); err != nil {
			return err
		}
	}
	return b.largeArtifacts(ctx)
}

// largeArtifacts copies artifacts that are many at once because each is a task
// of its own.
func (b *bench) largeArtifacts(ctx context.Context) error {
	account := accountOf(b.sizes.Artifacts, 1)
	account.ArtifactSize = func(_, _, _, _ int) int64 { return b.sizes.ArtifactSize }
	what := fmt.Sprintf("%d artifacts of %d MiB", b.sizes.Artifacts, b.sizes.ArtifactSize>>20)
	return b.peak(ctx, what, account, true, "CHUNK_ITEMS=1")
}

// peak exports an account with a new handler and takes the handler's peak.
func (b *bench) peak(ctx context.Context, what string, account fake.Account, followers bool, env ...string) (err error) {
	h, err := b.startHarness(ctx, harnessOptions{Account: account, Hosts: 1, Env: env})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.stop()) }()
	if _, err := h.export(ctx, "memory", account, followers); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	peak, err := peakRSS(h.handlers()[0])
	if err != nil {
		return err
	}

	if len(env) > 0 {
		what = fmt.Sprintf("%s in %d invocations at once, %d copied at once", what, b.sizes.Artifacts, h.upstream.copied.take())
	}

	b.results.add(row{
		what: "peak memory, " + what, worker: fmt.Sprintf("%.1f MiB", float64(peak)/(1<<20)),
		goal: goal(peak <= mostMemory, "≤ 64 MiB"),
	})

	return nil
}
