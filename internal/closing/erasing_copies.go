package closing

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
)

// recordCopies records the pages that name the documents of earlier exports. Copies come
// and go between two checks: a page names those behind the last one of the page that is
// stored before it, so that none is left out whoever has recorded which.
func (c *Reconciler) recordCopies(ctx context.Context, first dsr.Task) error {
	for {
		next, behind, ended, err := c.recordedCopies(ctx, first)
		if err != nil || ended {
			return err
		}
		if ended, err = c.recordCopiesBehind(ctx, next, behind); err != nil || ended {
			return err
		}
	}
}

// recordedCopies goes through the pages that are stored, and returns the task of the
// next one and the last copy that they name.
func (c *Reconciler) recordedCopies(ctx context.Context, t dsr.Task) (next dsr.Task, behind string, ended bool, err error) {
	for ; ; t.Page++ {
		page, _, found, err := c.Ledger.Page(ctx, t)
		if err != nil || !found {
			return t, behind, false, err
		}
		if page.State != dsr.PageNext {
			return t, behind, true, nil
		}
		if len(page.Items) > 0 {
			behind = page.Items[len(page.Items)-1]
		}
	}
}

// recordCopiesBehind records pages from one on. False when another reconciler has recorded
// one that is not the same.
func (c *Reconciler) recordCopiesBehind(ctx context.Context, t dsr.Task, behind string) (ended bool, err error) {
	var items []string
	record := func(state dsr.PageState) (same bool, err error) {
		page := dsr.NewPage(t, items, nil, deletionChunk)
		page.State, page.RecordedAt = state, c.Now()
		stored, _, err := c.Ledger.RecordPage(ctx, t, page)
		t.Page++
		return stored.State == state && slices.Equal(stored.Items, items), err
	}

	for e, err := range c.Ledger.Copies(ctx, t.RequestID, behind) {
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
