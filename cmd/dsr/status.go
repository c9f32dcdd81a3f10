package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

const (
	// watchInterval is how often `dsr status --watch` looks.
	watchInterval = 2 * time.Second
	// watchRest is how many times a look's own duration passes before the next.
	watchRest = 10
)

// statusOptions are what the command line of `dsr status` says.
type statusOptions struct {
	id    string
	watch bool
	json  bool
}

func newStatusCmd(a *cli) *cobra.Command {
	var o statusOptions
	cmd := &cobra.Command{
		Use:   "status ID",
		Short: "Show how far a request is, and what waits until when",
		Long: `Shows a request's state and deadline, and for each resource type how many tasks
are done, wait, are scheduled for later (with the last of those times) or failed.
States: received, running, succeeded, partiallyFailed, failed, canceled. Of a
closed request it also shows what failed and why.

With --watch it goes on until the request is closed, and then ends with exit
code 0 if it succeeded and 3 if not.`,
		Example: "  dsr status 3f0c6f0e-77aa\n  dsr status 3f0c6f0e-77aa --watch",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.id = args[0]
			c, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Close()) }()
			return runStatus(cmd.Context(), a, c, o)
		},
	}
	cmd.Flags().BoolVar(&o.watch, "watch", false, "go on until the request is closed")
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON objects instead of lines")
	return cmd
}

func runStatus(ctx context.Context, a *cli, c *config.Connections, o statusOptions) error {
	s, err := readStatus(ctx, c, o.id, a.now())
	if err != nil {
		return err
	}
	if !o.watch {
		return s.show(a, o.json)
	}
	return watchStatus(ctx, a, c, o, s)
}

// watchStatus looks again and again until the request is closed. On a terminal
// it draws a bar; elsewhere it prints what changed.
func watchStatus(ctx context.Context, a *cli, c *config.Connections, o statusOptions, s status) error {
	bar := newProgress(a.streams)
	defer bar.close()
	var shown status
	pause := watchInterval
	for !s.closed() {
		if a.IsTerminal && !o.json {
			done, total := s.tasks()
			bar.show(done, total, s.State+s.scheduledNote())
		} else if s.differs(shown) {
			if err := s.show(a, o.json); err != nil {
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
		var err error
		if s, err = readStatus(ctx, c, o.id, a.now()); err != nil {
			return err
		}
		pause = max(watchInterval, watchRest*time.Since(started))
	}
	bar.close()
	if err := s.show(a, o.json); err != nil {
		return err
	}
	if s.State != string(dsr.StatusSucceeded) {
		return notGood(nil)
	}
	return nil
}

// show prints the status.
func (s status) show(a *cli, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(a.Out).Encode(s)
	}
	s.print(a.Out)
	return nil
}
