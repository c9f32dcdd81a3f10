package task

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// page is step 2: the stored record of the page, or a new one made from the
// list's stored answer. A list that fails for good, and a cursor that has
// expired, are recorded under the same name: who finds a record uses it.
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

func (r *Runner) newPage(ctx context.Context, job Job, before *dsr.Page) (dsr.Page, error) {
	t := job.Task
	if job.Node.Failed != nil {
		return r.failedPage(t, *job.Node.Failed), nil
	}
	if !r.worker.Lists(job) {
		return dsr.NewPage(t, []string{job.Node.Target}, nil, r.opts.ChunkItems), nil
	}
	var cursor string
	var earlier []string
	if before != nil {
		cursor, earlier = before.Cursor, before.Items
	}
	listing, err := r.worker.List(ctx, job, cursor)
	if err == nil {
		err = checkCursor(t, listing, cursor)
	}
	switch {
	case err == nil:
		p := dsr.NewPage(t, listing.Items, earlier, r.opts.ChunkItems)
		p.Answer = &dsr.BlobRef{Name: listing.Answer.Name, SHA256: listing.Answer.SHA256}
		if listing.Cursor != "" {
			p.State, p.Cursor = dsr.PageNext, listing.Cursor
		}
		return p, nil
	case dsr.ReasonOf(err) == dsr.ReasonCursorExpired && t.Generation < dsr.MaxGeneration:
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

func (r *Runner) failedPage(t dsr.Task, f dsr.Failure) dsr.Page {
	p := dsr.NewPage(t, nil, nil, r.opts.ChunkItems)
	p.State, p.Failure = dsr.PageFailed, &f
	return p
}

// checkCursor refuses a list that would never end.
func checkCursor(t dsr.Task, l Listing, used string) error {
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
