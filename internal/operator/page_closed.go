package operator

import (
	"context"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
)

// addClosed fills a page with closed requests.
func (o *Operator) addClosed(ctx context.Context, page *Page, opts PageOptions, from string, open []Row) error {
	isOpen := make(map[string]bool, len(open))
	for _, r := range open {
		isOpen[r.ID] = true
	}

	begin := len(page.Rows)
	for scanned := 0; ; {
		marks, more, err := o.ledger.ListClosed(ctx, from, opts.perCall(len(page.Rows)))
		if err != nil {
			return err
		}

		for _, m := range marks {
			full := len(page.Rows) >= opts.Top
			if full || scanned >= maxScanned {
				page.Next = position{Closed: m.Name}.token()
				return o.describeRows(ctx, page.Rows[begin:])
			}

			scanned++
			if r := closedRow(m); !isOpen[r.ID] && opts.wants(r, StateClosed) {
				page.Rows = append(page.Rows, r)
			}
		}
		if !more || len(marks) == 0 {
			return o.describeRows(ctx, page.Rows[begin:])
		}

		from = marks[len(marks)-1].Name + " " // behind the last one
	}
}

func closedRow(m dsr.ClosedMark) Row {
	return Row{
		ID:          m.RequestID,
		Kind:        m.Kind,
		State:       string(m.Status),
		SubmittedAt: Moment{m.SubmittedAt},
		DueAt:       Moment{m.DueAt},
		ClosedAt:    Moment{m.ClosedAt},
		Progress:    100,
		Failures:    m.Failures,
		Reason:      m.Reason,
		Attempt:     m.Number,
	}
}

// describeRows adds what only the requests' records say.
func (o *Operator) describeRows(ctx context.Context, rows []Row) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(listReads)
	for i := range rows {
		g.Go(dsr.Guard(func() error {
			return o.describeRow(gctx, &rows[i])
		}))
	}
	return g.Wait()
}

func (o *Operator) describeRow(ctx context.Context, r *Row) error {
	request, found, err := o.ledger.Request(ctx, r.ID)
	if err != nil {
		return err
	}
	if found {
		r.describe(request)
	}
	if r.Failures == 0 || r.Reason != "" {
		return nil
	}

	// Marks of an earlier version have no reason.
	m, _, _, err := o.ledger.Manifest(ctx, dsr.Attempt{RequestID: r.ID, Number: r.Attempt})
	r.Reason = dsr.MainReason(m.Failures)
	return err
}
