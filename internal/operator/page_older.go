package operator

import (
	"context"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// maxExamined bounds the requests that one page looks at for one that is closed and not on
// the index.
const maxExamined = 200

// addOlder fills a page with requests that were closed before there was an index of closed
// ones. It puts each on that index, so that it is looked for once. They come in order of id,
// from a request on.
func (o *Operator) addOlder(ctx context.Context, page *Page, opts PageOptions, from string) error {
	progress, err := o.ledger.ClosedProgress(ctx)
	if err != nil || progress.Done {
		return err
	}

	from = max(from, progress.Through)
	for examined := 0; len(page.Rows) < opts.Top && examined < maxExamined; {
		ids, more, err := o.idsBehind(ctx, from, opts.Top-len(page.Rows))
		if err != nil {
			return err
		}
		rows, err := o.indexOlder(ctx, ids)
		if err != nil {
			return err
		}

		for _, r := range rows {
			if opts.wants(r, StateClosed) {
				page.Rows = append(page.Rows, r)
			}
		}

		examined += len(ids)
		if len(ids) > 0 {
			from = ids[len(ids)-1]
		}
		if !more {
			return o.ledger.SaveClosedProgress(ctx, ledger.ClosedProgress{Through: from, Done: from != ""})
		}
	}

	page.Next = position{Older: from, Past: from == ""}.token()

	return o.ledger.SaveClosedProgress(ctx, ledger.ClosedProgress{Through: from})
}

// idsBehind returns the ids of the next requests that have evidence, and whether there are
// more.
func (o *Operator) idsBehind(ctx context.Context, from string, most int) (ids []string, more bool, err error) {
	start := ""
	if from != "" {
		start = from + afterSlash
	}
	for id, err := range requestIDs(ctx, o.audit.Backend(), "", start) {
		if err != nil {
			return nil, false, err
		}
		if len(ids) == most {
			return ids, true, nil
		}
		ids = append(ids, id)
	}
	return ids, false, nil
}

// indexOlder puts those of some requests on the index that are closed and not on it. It returns
// their rows.
func (o *Operator) indexOlder(ctx context.Context, ids []string) ([]Row, error) {
	found := make([]*Row, len(ids))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(listReads)
	for i, id := range ids {
		g.Go(dsr.Guard(func() (err error) {
			found[i], err = o.indexOne(gctx, id)
			return err
		}))
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}

	var rows []Row
	for _, r := range found {
		if r != nil {
			rows = append(rows, *r)
		}
	}
	return rows, nil
}

// indexOne returns the row of a request that is closed and was not on the index, else nil.
func (o *Operator) indexOne(ctx context.Context, id string) (*Row, error) {
	a, err := o.latestAttempt(ctx, id)
	if KindOf(err) == NotFound {
		return nil, nil //nolint:nilnil // evidence without its request is for Verify to find
	}
	if err != nil {
		return nil, err
	}
	m, _, closed, err := o.ledger.Manifest(ctx, a)
	if err != nil || !closed {
		return nil, err
	}
	mark, added, err := o.ledger.IndexClosed(ctx, a, m)
	if err != nil || !added {
		return nil, err
	}

	row := closedRow(mark)
	request, _, err := o.ledger.Request(ctx, id)
	row.describe(request)

	return &row, err
}
