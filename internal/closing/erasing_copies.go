package closing

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
)

// recordCopies records the pages that name the copies: the documents of earlier exports.
// Copies come and go between two checks. Each page therefore starts after the last copy
// that the page before it names, so that no copy is skipped even if different checks
// recorded the two pages.
func (c *Reconciler) recordCopies(ctx context.Context, first dsr.Task) error {
	for {
		next, after, ended, err := c.recordedCopies(ctx, first)
		if err != nil || ended {
			return err
		}
		if ended, err = c.recordCopiesAfter(ctx, next, after); err != nil || ended {
			return err
		}
	}
}

// recordedCopies goes through the stored pages. It returns the task of the first page
// that is not stored, and the last copy that the stored ones name; ended reports that
// the list is complete.
func (c *Reconciler) recordedCopies(ctx context.Context, t dsr.Task) (next dsr.Task, after string, ended bool, err error) {
	for ; ; t.Page++ {
		page, _, found, err := c.Ledger.Page(ctx, t)
		if err != nil || !found {
			return t, after, false, err
		}
		if page.State != dsr.PageNext {
			return t, after, true, nil
		}
		if len(page.Items) > 0 {
			after = page.Items[len(page.Items)-1]
		}
	}
}

// recordCopiesAfter records the pages from t on. ended is false when a concurrent check has
// recorded a different page: the caller starts again from the stored ones.
func (c *Reconciler) recordCopiesAfter(ctx context.Context, t dsr.Task, after string) (ended bool, err error) {
	var items []string
	record := func(state dsr.PageState) (same bool, err error) {
		page := dsr.NewPage(t, items, nil, deletionChunk)
		page.State, page.RecordedAt = state, c.Now()
		stored, _, err := c.Ledger.RecordPage(ctx, t, page)
		t.Page++
		return stored.State == state && slices.Equal(stored.Items, items), err
	}

	for e, err := range c.Ledger.Copies(ctx, t.RequestID, after) {
		if err != nil {
			return false, err
		}
		if e.RequestID == t.RequestID {
			continue
		}

		if len(items) == deletionPageItems {
			if same, err := record(dsr.PageNext); !same || err != nil {
				return false, err
			}
			items = nil
		}

		items = append(items, e.Index)
	}

	return record(dsr.PageLast)
}
