package fanout

import (
	"context"
	"errors"
	"iter"
	"log/slog"

	"azureml-dsr/internal/dsr"
)

// OpenLister lists the attempts that are not closed.
type OpenLister interface {
	ListOpen(ctx context.Context) iter.Seq2[dsr.Attempt, error]
}

// Drainer removes what a queue holds.
type Drainer interface {
	Drain(ctx context.Context, queue string) (int, error)
}

// Watch looks after what nobody asks for any more.
type Watch struct {
	Ledger  OpenLister
	Nudger  *Nudger
	Drainer Drainer
	// DeadNudges is the dead-letter queue of the closings: a nudge that failed
	// is replaced by this watch, so there is nothing in it to keep.
	DeadNudges string
	// Retention removes what has expired; nil: nothing is removed.
	Retention *Retention
	Logger    *slog.Logger
}

// Run nudges each open attempt, empties the dead nudges and removes what has
// expired, each whether or not the others work.
func (w *Watch) Run(ctx context.Context) error {
	open, nudging := w.nudge(ctx)
	drained, draining := w.Drainer.Drain(ctx, w.DeadNudges)
	w.Logger.InfoContext(ctx, "watched", "open", open, "deadNudges", drained)
	if w.Retention == nil {
		return errors.Join(nudging, draining)
	}
	return errors.Join(nudging, draining, w.Retention.Run(ctx))
}

// nudge nudges each open attempt and counts them.
func (w *Watch) nudge(ctx context.Context) (int, error) {
	n := 0
	for a, err := range w.Ledger.ListOpen(ctx) {
		if err != nil {
			return n, err
		}
		if err := w.Nudger.Nudge(ctx, a); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
