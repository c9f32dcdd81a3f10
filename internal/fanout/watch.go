package fanout

import (
	"context"
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
	Logger     *slog.Logger
}

// Run nudges each open attempt and empties the dead nudges.
func (w *Watch) Run(ctx context.Context) error {
	n := 0
	for a, err := range w.Ledger.ListOpen(ctx) {
		if err != nil {
			return err
		}
		if err := w.Nudger.Nudge(ctx, a); err != nil {
			return err
		}
		n++
	}
	drained, err := w.Drainer.Drain(ctx, w.DeadNudges)
	w.Logger.InfoContext(ctx, "watched", "open", n, "deadNudges", drained)
	return err
}
