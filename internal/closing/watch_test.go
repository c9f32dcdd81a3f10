package closing_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/closing"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/wakeup"
)

// watched has one open attempt, an earlier version's index and no dead letters.
type watched struct {
	adopt   func(ctx context.Context) (ledger.Adopted, error)
	drained int
}

func (w *watched) AdoptIndex(ctx context.Context, _ time.Time) (ledger.Adopted, error) {
	return w.adopt(ctx)
}

func (w *watched) ListOpen(context.Context) iter.Seq2[dsr.Attempt, error] {
	return func(yield func(dsr.Attempt, error) bool) { yield(dsr.Attempt{RequestID: "r", Number: 1}, nil) }
}

func (w *watched) RecordPoison(context.Context, dsr.DeadLetter) error { return nil }

func (w *watched) Drain(context.Context, string, func(context.Context, dsr.DeadLetter) error) (int, error) {
	w.drained++
	return 0, nil
}

func (w *watched) DrainUnbound(ctx context.Context, queue string, take func(context.Context, dsr.DeadLetter) error) (int, error) {
	return w.Drain(ctx, queue, take)
}

// index is an index that notes whether somebody lists what expires.
type index struct {
	archive.Backend
	asked bool
}

func (i *index) List(ctx context.Context, prefix, from string) iter.Seq2[archive.Info, error] {
	i.asked = i.asked || strings.HasPrefix(prefix, dsr.ExpiresPrefix)
	return i.Backend.List(ctx, prefix, from)
}

func TestAnEarlierVersionsIndexDoesNotHoldUpOtherWork(t *testing.T) {
	refused := errors.New("refused")
	for name, tt := range map[string]struct {
		adopt   func(ctx context.Context) (ledger.Adopted, error)
		removes bool
		want    error
	}{
		"it is moved": {
			adopt:   func(context.Context) (ledger.Adopted, error) { return ledger.Adopted{Complete: true}, nil },
			removes: true,
		},
		"much of it can't be removed": {
			adopt: func(context.Context) (ledger.Adopted, error) {
				return ledger.Adopted{Kept: 100_000, Complete: true}, nil
			},
			removes: true,
		},
		"an open attempt is not moved yet": {
			adopt: func(context.Context) (ledger.Adopted, error) { return ledger.Adopted{}, nil },
		},
		"it fails": {
			adopt: func(context.Context) (ledger.Adopted, error) { return ledger.Adopted{}, refused },
			want:  refused,
		},
		"storage does not answer": {
			adopt: func(ctx context.Context) (ledger.Adopted, error) {
				<-ctx.Done()
				return ledger.Adopted{}, ctx.Err()
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, q, i := &watched{adopt: tt.adopt}, &sent{}, &index{Backend: memory.New()}
				store := archive.New(memory.New(), nil)
				records := ledger.New(store, store, archive.New(i, nil))
				watch := closing.Watch{
					Ledger:    w,
					Wakeups:   wakeup.New(q, time.Now),
					Drainer:   w,
					Retention: &closing.Retention{Ledger: records, Now: time.Now, Logger: slog.New(slog.DiscardHandler)},
					Logger:    slog.New(slog.DiscardHandler),
				}

				began := time.Now()

				if err := watch.Run(t.Context()); !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				if len(q.messages) != 1 || w.drained != 3 || i.asked != tt.removes {
					t.Errorf("%d wake-ups, %d queues drained, removal %t; want 1, 3, %t", len(q.messages), w.drained, i.asked, tt.removes)
				}
				if took := time.Since(began); took > time.Minute {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}
