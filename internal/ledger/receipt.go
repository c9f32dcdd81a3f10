package ledger

import (
	"context"
	"iter"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Receipt gives a task's receipt; false when the task is not done.
func (l *Ledger) Receipt(ctx context.Context, t dsr.Task) (dsr.Receipt, bool, error) {
	r, _, found, err := read[dsr.Receipt](ctx, l.audit, t.ReceiptBlob())
	return r, found, err
}

// RecordReceipt records that a task is done and gives the stored receipt.
func (l *Ledger) RecordReceipt(ctx context.Context, t dsr.Task, r dsr.Receipt) (dsr.Receipt, error) {
	stored, _, err := record(ctx, l.audit, t.ReceiptBlob(), r, r.Metadata())
	return stored, err
}

// ReceiptMarks lists an attempt's receipts in the order of their names.
func (l *Ledger) ReceiptMarks(ctx context.Context, a dsr.Attempt) iter.Seq2[dsr.ReceiptMark, error] {
	return marks(ctx, l.audit, a.Receipts(), func(i archive.Info, rest string) (dsr.ReceiptMark, error) {
		return dsr.ParseReceiptMark(i.Name, rest, i.Metadata, i.Created)
	})
}
