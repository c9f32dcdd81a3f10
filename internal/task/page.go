package task

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// page returns the stored record of the page, or records a new one from the list's
// stored answer. A list that fails for good and a cursor that has expired are recorded
// under the same name: whichever record is stored counts for everybody.
func (r *Runner) page(ctx context.Context, job Job, page *pageRecord) (*pageRecord, error) {
	if page.stored {
		return page, nil
	}
	p, err := r.newPage(ctx, job, page.before)
	if err != nil {
		return nil, err
	}
	return r.recordPage(ctx, job.Task, p)
}

func (r *Runner) recordPage(ctx context.Context, t dsr.Task, p dsr.Page) (*pageRecord, error) {
	p.RecordedAt = r.opts.Now()
	stored, ref, err := r.ledger.RecordPage(ctx, t, p)
	if err != nil {
		return nil, err
	}
	return &pageRecord{Page: stored, ref: ref, stored: true}, nil
}

// newPage makes the record of a page that has none. before is the page that leads to
// it, nil where the list begins here.
func (r *Runner) newPage(ctx context.Context, job Job, before *dsr.Page) (dsr.Page, error) {
	t := job.Task
	if job.Node.Failed != nil {
		return r.failedPage(t, *job.Node.Failed), nil
	}
	if !r.worker.Lists(job) {
		return dsr.NewPage(t, []string{job.Node.Target}, nil, r.opts.ChunkItems), nil
	}

	if before == nil {
		before = &dsr.Page{}
	}

	p, err := r.list(ctx, job, *before)
	switch {
	case err == nil:
		return p, nil

	case dsr.ReasonOf(err) == dsr.ReasonCursorExpired && t.Pass < dsr.MaxPass:
		_ = r.report(ctx, t, job.Deliveries, err)
		p := dsr.NewPage(t, nil, nil, r.opts.ChunkItems)
		p.State = dsr.PageContinues
		return p, nil

	case dsr.ClassOf(err) == dsr.Permanent:
		_ = r.report(ctx, t, job.Deliveries, err)
		return r.failedPage(t, *dsr.NewFailure(r.worker.ListEndpoint(job), job.Node.Target, job.Item, err)), nil

	default:
		return dsr.Page{}, err
	}
}

// list has the worker list the page that another leads to, and makes its record.
func (r *Runner) list(ctx context.Context, job Job, before dsr.Page) (dsr.Page, error) {
	listing, err := r.worker.List(ctx, job, before.Cursor)
	if err != nil {
		return dsr.Page{}, err
	}
	return r.listedPage(job.Task, listing, before)
}

func (r *Runner) failedPage(t dsr.Task, f dsr.Failure) dsr.Page {
	p := dsr.NewPage(t, nil, nil, r.opts.ChunkItems)
	p.State, p.Failure = dsr.PageFailed, &f
	return p
}

// listedPage makes the record of a page that was listed. It refuses a list that
// would never end.
func (r *Runner) listedPage(t dsr.Task, l Listing, before dsr.Page) (dsr.Page, error) {
	if err := checkListing(t, l, before.Cursor); err != nil {
		return dsr.Page{}, err
	}

	seen := before.Seen()
	p := dsr.NewPage(t, l.Items, seen, r.opts.ChunkItems)
	p.Answer = &dsr.BlobRef{Name: l.Answer.Name, SHA256: l.Answer.SHA256}
	if l.Cursor == "" {
		return p, nil
	}

	p.LeadTo(l.Cursor, l.Items, seen)

	anchor, ok := before.Anchor.Next(t.Page, l.Cursor)
	if !ok {
		return dsr.Page{}, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer,
			"the list runs in a ring: page %d leads to the page after page %d again", t.Page, before.Anchor.Page)
	}
	p.Anchor = anchor

	return p, nil
}

// checkListing refuses a page that no record can be made of.
func checkListing(t dsr.Task, l Listing, used string) error {
	switch {
	case l.Cursor != "" && l.Cursor == used:
		return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "page %d names itself as the next page", t.Page)
	case l.Cursor != "" && t.Page == dsr.MaxPage:
		return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "the list has more than %d pages", dsr.MaxPage)
	case len(l.Items) > dsr.MaxChunk:
		return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "page %d names more than %d items", t.Page, dsr.MaxChunk)
	}
	return nil
}
