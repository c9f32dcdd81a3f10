package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// mostStart is the goal for a start.
const mostStart = 25 * time.Millisecond

// start times starts of the handler to its first answer, with all services out
// of reach: the handler has to answer without them, and must not dial them.
func (b *bench) start(ctx context.Context) error {
	var times []time.Duration
	for range b.sizes.Starts {
		h, err := b.startHandler(ctx, unroutableEnv())
		if err != nil {
			return err
		}
		table, err := os.ReadFile("/proc/net/tcp")
		if err := errors.Join(err, h.stop()); err != nil {
			return err
		}
		if dialled(string(table), net.ParseIP(unroutable)) {
			return errors.New("the handler dialled a service before anything asked for it")
		}

		times = append(times, h.answered)
	}

	typical := median(times)
	b.results.add(row{
		what:   fmt.Sprintf("start to first answer, services unroutable, median of %d", len(times)),
		worker: milliseconds(typical), goal: goal(typical <= mostStart, "≤ 25 ms"),
	})

	return nil
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}
