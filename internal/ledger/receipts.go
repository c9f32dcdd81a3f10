package ledger

import (
	"context"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// receiptReads is how many receipts are read at once.
const receiptReads = 16

// ReadReceipt is a receipt that a listing named, as it is stored.
type ReadReceipt struct {
	Task    dsr.Task // that it is of, by its name
	Receipt dsr.Receipt
}

// Receipts reads an attempt's receipts that a listing names, in its order and some
// of them at once.
func (l *Ledger) Receipts(ctx context.Context, a dsr.Attempt, listed iter.Seq2[dsr.ReceiptMark, error]) iter.Seq2[ReadReceipt, error] {
	return batched(ctx, listed, func(ctx context.Context, m dsr.ReceiptMark) (ReadReceipt, error) {
		r, _, err := l.readReceipt(ctx, m)
		return ReadReceipt{Task: m.Task(a), Receipt: r}, err
	})
}

// summarized is what a manifest needs of a receipt.
type summarized struct {
	dsr.Summary
	mark     dsr.ReceiptMark
	sum      string        // SHA-256 of the receipt
	failures []dsr.Failure // as far as they are listed
}

// summaries returns what a manifest needs of receipts. One is read only where its
// listing doesn't tell, or for its failures as long as those are listed.
func (l *Ledger) summaries(ctx context.Context, listed iter.Seq2[dsr.ReceiptMark, error], lists func() bool) iter.Seq2[summarized, error] {
	return batched(ctx, listed, func(ctx context.Context, m dsr.ReceiptMark) (summarized, error) {
		summary, told := m.Summary()
		if told && m.SHA256 != "" && (m.Failures == 0 || !lists()) {
			return summarized{Summary: summary, mark: m, sum: m.SHA256}, nil
		}
		r, sum, err := l.readReceipt(ctx, m)
		return summarized{
			Summary:  r.Summary(),
			mark:     m,
			sum:      sum,
			failures: r.Failures,
		}, err
	})
}

// batched maps what a listing names, some at once, and keeps its order.
func batched[T any](ctx context.Context, listed iter.Seq2[dsr.ReceiptMark, error], f func(context.Context, dsr.ReceiptMark) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		var batch []dsr.ReceiptMark
		flush := func() bool {
			mapped := make([]T, len(batch))
			g, gctx := errgroup.WithContext(ctx)
			g.SetLimit(receiptReads)

			for i, m := range batch {
				g.Go(dsr.Guard(func() (err error) {
					mapped[i], err = f(gctx, m)
					return err
				}))
			}

			batch = batch[:0]
			if err := g.Wait(); err != nil {
				yield(zero, err)
				return false
			}

			for _, v := range mapped {
				if !yield(v, nil) {
					return false
				}
			}

			return true
		}

		for m, err := range listed {
			if err != nil {
				yield(zero, err)
				return
			}
			if batch = append(batch, m); len(batch) == 4*receiptReads && !flush() {
				return
			}
		}

		flush()
	}
}

func (l *Ledger) readReceipt(ctx context.Context, m dsr.ReceiptMark) (dsr.Receipt, string, error) {
	r, sum, found, err := read[dsr.Receipt](ctx, l.audit, m.Blob)
	if err == nil && !found {
		err = fmt.Errorf("receipt %s was listed and is not there: %w", m.Blob, archive.ErrNotFound)
	}
	return r, sum, err
}
