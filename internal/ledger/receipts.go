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
	ref     dsr.ReceiptRef
}

// Receipts reads an attempt's receipts that a listing names, in its order and some
// of them at once.
func (l *Ledger) Receipts(ctx context.Context, a dsr.Attempt, listed iter.Seq2[dsr.ReceiptMark, error]) iter.Seq2[ReadReceipt, error] {
	return func(yield func(ReadReceipt, error) bool) {
		var batch []dsr.ReceiptMark
		flush := func() bool {
			read := make([]ReadReceipt, len(batch))
			g, gctx := errgroup.WithContext(ctx)
			g.SetLimit(receiptReads)
			for i, m := range batch {
				g.Go(func() (err error) {
					read[i], err = l.readReceipt(gctx, a, m)
					return err
				})
			}
			batch = batch[:0]
			if err := g.Wait(); err != nil {
				yield(ReadReceipt{}, err)
				return false
			}
			for _, r := range read {
				if !yield(r, nil) {
					return false
				}
			}
			return true
		}
		for m, err := range listed {
			if err != nil {
				yield(ReadReceipt{}, err)
				return
			}
			batch = append(batch, m)
			if len(batch) == 4*receiptReads && !flush() {
				return
			}
		}
		flush()
	}
}

func (l *Ledger) readReceipt(ctx context.Context, a dsr.Attempt, m dsr.ReceiptMark) (ReadReceipt, error) {
	r, sum, found, err := read[dsr.Receipt](ctx, l.audit, m.Blob)
	if err == nil && !found {
		err = fmt.Errorf("receipt %s was listed and is not there: %w", m.Blob, archive.ErrNotFound)
	}
	if err != nil {
		return ReadReceipt{}, err
	}
	ref := dsr.ReceiptRef{Name: relative(a, m.Blob), SHA256: sum, Outcome: r.Outcome, Parts: r.Parts}
	return ReadReceipt{Task: m.Task(a), Receipt: r, ref: ref}, nil
}
