package ledger

import (
	"context"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Receipt returns a task's receipt, or false when the task is not done.
func (l *Ledger) Receipt(ctx context.Context, t dsr.Task) (dsr.Receipt, bool, error) {
	r, _, found, err := read[dsr.Receipt](ctx, l.audit, t.ReceiptBlob())
	return r, found, err
}

// RecordReceipt records that a task is done and returns the stored receipt.
func (l *Ledger) RecordReceipt(ctx context.Context, t dsr.Task, r dsr.Receipt) (dsr.Receipt, error) {
	stored, _, err := record(ctx, l.audit, t.ReceiptBlob(), r, r.Metadata())
	return stored, err
}

// ListReceipts implements survey.Lister.
func (l *Ledger) ListReceipts(ctx context.Context, a dsr.Attempt, from string, most int) ([]dsr.ReceiptMark, bool, error) {
	return listMarks(ctx, l.audit, a.Receipts(), from, most, func(i archive.Info, rest string) (dsr.ReceiptMark, error) {
		m, err := dsr.ParseReceiptMark(i.Name, rest, i.Metadata, i.Created)
		if err != nil || i.Metadata[dsr.MetaOutcome] != "" {
			return m, err
		}
		r, sum, _, err := read[dsr.Receipt](ctx, l.audit, i.Name) // the blob was copied without its metadata
		if err != nil {
			return m, err
		}

		meta := r.Metadata()
		meta[dsr.MetaSHA256] = sum
		return dsr.ParseReceiptMark(i.Name, rest, meta, i.Created)
	})
}
