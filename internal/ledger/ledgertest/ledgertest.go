// Package ledgertest closes attempts in tests that run no reconciler.
package ledgertest

import (
	"context"
	"iter"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/survey"
)

// Implied yields the receipts that the pages of a plan's nodes imply.
func Implied(ctx context.Context, l *ledger.Ledger, plan dsr.Plan) iter.Seq2[dsr.ReceiptMark, error] {
	return survey.New(l, plan).Receipts(ctx, survey.Resume{}, true)
}

// Recorded yields all recorded receipts of an attempt, whether or not a page implies them.
func Recorded(ctx context.Context, l *ledger.Ledger, a dsr.Attempt) iter.Seq2[dsr.ReceiptMark, error] {
	return func(yield func(dsr.ReceiptMark, error) bool) {
		from := ""
		for more := true; more; {
			var page []dsr.ReceiptMark
			var err error
			page, more, err = l.ListReceipts(ctx, a, from, 0)
			if err != nil {
				yield(dsr.ReceiptMark{}, err)
				return
			}

			for _, m := range page {
				if m.Name() == from {
					continue
				}
				if !yield(m, nil) {
					return
				}
				from = m.Name()
			}
		}
	}
}

// Close writes an attempt's manifest from some receipts, as the reconciler does, and reports
// whether the stored manifest is the one that they imply.
func Close(ctx context.Context, l *ledger.Ledger, c ledger.Closing, rows []string, receipts iter.Seq2[dsr.ReceiptMark, error]) (dsr.Manifest, bool, error) {
	parts, err := l.GoOnParts(ctx, c.Attempt, rows, nil)
	if err != nil {
		return dsr.Manifest{}, false, err
	}
	if _, err := parts.Add(ctx, receipts, func() bool { return false }); err != nil {
		return dsr.Manifest{}, false, err
	}
	m, bytes, err := l.Close(ctx, c, parts)
	return m, bytes != nil, err
}
