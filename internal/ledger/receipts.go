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

// ReadReceipt is a stored receipt and its task.
type ReadReceipt struct {
	Task    dsr.Task // from the name of the receipt
	Receipt dsr.Receipt
}

// Receipts yields the receipts that a listing of an attempt names, in its order. It reads
// several at once.
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
	failures []dsr.Failure // none if the manifest lists no more
}

// summaries yields what a manifest needs of receipts. It reads a receipt only if the metadata
// in the listing is incomplete, or for its failures while listsFailures returns true.
func (l *Ledger) summaries(ctx context.Context, listed iter.Seq2[dsr.ReceiptMark, error], listsFailures func() bool) iter.Seq2[summarized, error] {
	return batched(ctx, listed, func(ctx context.Context, m dsr.ReceiptMark) (summarized, error) {
		summary, isComplete := m.Summary()
		needsFailures := m.Failures > 0 && listsFailures()
		if isComplete && m.SHA256 != "" && !needsFailures {
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

// batched calls f for each mark of a listing, several at once, and yields the results in
// order.
func batched[T any](ctx context.Context, listed iter.Seq2[dsr.ReceiptMark, error], f func(context.Context, dsr.ReceiptMark) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var batch []dsr.ReceiptMark
		for m, err := range listed {
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			batch = append(batch, m)
			if len(batch) < 4*receiptReads {
				continue
			}
			if !yieldBatch(ctx, batch, f, yield) {
				return
			}
			batch = batch[:0]
		}
		yieldBatch(ctx, batch, f, yield)
	}
}

// yieldBatch calls f for each mark of a batch, several at once, and yields the results in
// order. It returns false to stop.
func yieldBatch[T any](ctx context.Context, batch []dsr.ReceiptMark, f func(context.Context, dsr.ReceiptMark) (T, error), yield func(T, error) bool) bool {
	results := make([]T, len(batch))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(receiptReads)
	for i, m := range batch {
		g.Go(dsr.Guard(func() (err error) {
			results[i], err = f(gctx, m)
			return err
		}))
	}
	if err := g.Wait(); err != nil {
		var zero T
		yield(zero, err)
		return false
	}

	for _, v := range results {
		if !yield(v, nil) {
			return false
		}
	}
	return true
}

func (l *Ledger) readReceipt(ctx context.Context, m dsr.ReceiptMark) (dsr.Receipt, string, error) {
	r, sum, found, err := read[dsr.Receipt](ctx, l.audit, m.Blob)
	if err == nil && !found {
		err = fmt.Errorf("receipt %s was listed and is not there: %w", m.Blob, archive.ErrNotFound)
	}
	return r, sum, err
}
