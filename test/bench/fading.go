package main

import (
	"context"
	"errors"
	"fmt"
)

const (
	// leastLasting is the goal for the last export's rate beside the first one's.
	leastLasting = 0.95
	// fadingAround is how many exports at each end count, the median of them.
	fadingAround = 3
)

// fading exports one account again and again into one storage account, as a bulk
// schedule does, and compares the last exports with the first.
func (b *bench) fading(ctx context.Context) (err error) {
	account := accountOf(b.sizes.Runs, 0)
	h, err := b.startHarness(ctx, harnessOptions{Account: account, Hosts: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()

	var rates []float64
	for n := range b.sizes.Exports {
		e, err := h.export(ctx, fmt.Sprintf("fading-%d", n), account, runsAlone)
		if err != nil {
			return err
		}

		b.log.Info("export", "number", n, "rate", e.rate())
		if n > 0 { // the first one opens connections
			rates = append(rates, e.rate())
		}
	}

	around := min(fadingAround, len(rates))
	first, last := median(rates[:around]), median(rates[len(rates)-around:])
	b.results.add(row{
		what:   fmt.Sprintf("documents/s, %s runs alone, at 0 ms, the last of %d exports into one account, beside the first", count(b.sizes.Runs), len(rates)),
		worker: fmt.Sprintf("%.0f, %.0f", last, first),
		ratio:  fmt.Sprintf("%.2f", last/first),
		goal:   goal(last/first >= leastLasting, "≥ 0.95"),
	})

	return nil
}
