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
	// watchInterval is the shortest pause between two looks of `dsr status --watch`.
	watchInterval = 2 * time.Second
	// watchRest is how many times as long as a look the pause after it is at least.
	watchRest = 10
)

// watchStatus polls the status until the request is closed. On a terminal it draws a bar;
// elsewhere it prints the status whenever it has changed.
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

// differs reports whether a status differs from the one that was shown last.
func differs(s, shown operator.Status) bool {
	return s.State != shown.State || s.DaysLeft != shown.DaysLeft || !slices.Equal(s.Types, shown.Types)
}

// scheduledNote returns the bar's note on tasks that are scheduled for later.
func scheduledNote(s operator.Status) string {
	n, until := s.Scheduled()
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d scheduled until %s", n, until.Format(time.RFC3339))
}
