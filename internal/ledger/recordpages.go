package ledger

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// PageRecorder records pages. *Ledger implements it.
type PageRecorder interface {
	RecordPage(ctx context.Context, t dsr.Task, p dsr.Page) (dsr.Page, dsr.BlobRef, error)
}

// RecordPages records the pages of a list whose items are all known, starting with the page
// of the lister. Pages that are recorded already stay as they are.
func RecordPages(ctx context.Context, l PageRecorder, lister dsr.Task, items []string, perPage, perChunk int, now time.Time) error {
	for rest := items; ; lister.Page++ {
		n := min(perPage, len(rest))
		page := dsr.NewPage(lister, rest[:n], nil, perChunk)
		page.RecordedAt, rest = now, rest[n:]
		if len(rest) > 0 {
			page.State = dsr.PageNext
		}

		if _, _, err := l.RecordPage(ctx, lister, page); err != nil || len(rest) == 0 {
			return err
		}
	}
}
