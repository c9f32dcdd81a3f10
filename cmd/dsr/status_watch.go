package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

const (
	// watchInterval is how often `dsr status --watch` looks.
	watchInterval = 2 * time.Second
	// watchRest is how many times a look's own duration passes before the next.
	watchRest = 10
)

// watchStatus looks again and again until the request is closed. On a terminal it
// draws a bar; elsewhere it prints what changed.
func watchStatus(ctx context.Context, e *cli.Env, o *operator.Operator, opts statusOptions) error {
	bar := cli.NewProgress(e.Streams)
	defer bar.Close()

	s, err := o.Status(ctx, opts.id)
	pause := watchInterval
	var shown operator.Status
	for err == nil && !s.Closed() {
		if e.IsTerminal && !opts.json {
			done, total := s.Tasks()
			bar.Show(done, total, s.State+scheduledNote(s))
		} else if differs(s, shown) {
			if err := showStatus(e, s, opts.json); err != nil {
				return err
			}
			shown = s
		}

		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}

		started := time.Now()
		s, err = o.Status(ctx, opts.id)
		pause = max(watchInterval, watchRest*time.Since(started))
	}
	if err != nil {
		return err
	}

	bar.Close()
	if err := showStatus(e, s, opts.json); err != nil {
		return err
	}
	if s.State != string(dsr.StatusSucceeded) {
		return cli.NotGood(nil)
	}

	return nil
}

// differs reports whether there is something new to show.
func differs(s, shown operator.Status) bool {
	return s.State != shown.State || s.DaysLeft != shown.DaysLeft || !slices.Equal(s.Types, shown.Types)
}

// scheduledNote returns what the bar's line says of tasks that wait for their time.
func scheduledNote(s operator.Status) string {
	n, until := s.Scheduled()
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d scheduled until %s", n, until.Format(time.RFC3339))
}
