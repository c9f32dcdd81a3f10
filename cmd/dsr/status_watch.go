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
	view := &statusView{env: e, bar: cli.NewProgress(e.Streams), json: opts.json}
	defer view.bar.Close()

	s, err := o.Status(ctx, opts.id)
	pause := watchInterval
	for err == nil && !s.Closed() {
		if err := view.show(s); err != nil {
			return err
		}

		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}

		began := time.Now()
		s, err = o.Status(ctx, opts.id)
		pause = max(watchInterval, watchRest*time.Since(began))
	}
	if err != nil {
		return err
	}

	view.bar.Close()
	if err := showStatus(e, s, opts.json); err != nil {
		return err
	}
	if err := deadIsNotGood(s); err != nil {
		return err
	}
	if s.State != string(dsr.StatusSucceeded) {
		return cli.NotGood(nil)
	}

	return nil
}

// statusView shows the status of an open request.
type statusView struct {
	env  *cli.Env
	bar  *cli.Progress
	json bool
	last operator.Status // the one that was shown last
}

func (v *statusView) show(s operator.Status) error {
	if v.env.IsTerminal && !v.json {
		v.showWait(s)
		done, total := s.Tasks()
		v.bar.Show(done, total, s.State+scheduledNote(s))
		return nil
	}
	if !differs(s, v.last) {
		return nil
	}

	v.last = s
	return showStatus(v.env, s, v.json)
}

// showWait prints what the request waits for above the bar, once.
func (v *statusView) showWait(s operator.Status) {
	if s.Waits != nil && s.Waits.For == operator.WaitApproval && v.last.State != s.State {
		v.bar.Close()
		printHead(v.env.Out, s)
		printWait(v.env.Out, s)
	}
	v.last = s
}

// differs reports whether a status has something new to print.
func differs(s, last operator.Status) bool {
	return s.State != last.State || s.Canceling != last.Canceling || s.DaysLeft != last.DaysLeft || !slices.Equal(s.Types, last.Types)
}

// scheduledNote returns the bar's note on tasks that are scheduled for later.
func scheduledNote(s operator.Status) string {
	n, until := s.Scheduled()
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d scheduled until %s", n, until.Format(time.RFC3339))
}
