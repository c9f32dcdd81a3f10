package export

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

const (
	// heldPage is how many bytes of a page are held in memory, where the page must be
	// read before the next call. A longer page is refused.
	heldPage = 4 << 20
	// maxBelow is how many items may hang below those of one page. A page with more is
	// refused, since it must not be taken for complete.
	maxBelow = 20_000
	// maxBelowNames is how many bytes the names of these may have together.
	maxBelowNames = 4 << 20
)

// descent follows a page of a list down to the items that hang on its items. It keeps
// every answer on the way: together they are the page.
type descent struct {
	worker  *Worker
	draft   *draft
	job     task.Job
	row     azureml.Operation // lists the children of an item
	options document.Options
	sieve   *sieve // nil keeps everything
	kin     *kin

	mu    sync.Mutex
	seen  map[string]bool
	names int      // how many bytes the names of what is seen have
	level []string // the items whose children are read next
}

// storeDescent stores a page of a list with all that hangs on its items.
func (w *Worker) storeDescent(ctx context.Context, job task.Job, call azureml.Call, children azureml.Operation, subject *dsr.Subject) error {
	s := sieveOf(job, subject)
	d := descent{
		worker:  w,
		job:     job,
		row:     children,
		sieve:   s,
		kin:     newKin(w, job, s),
		options: document.Options{Everywhere: true, Subject: namesOf(subject)},
	}
	for again := job.Again; ; again = true {
		err := d.store(ctx, call, again)
		if !errors.Is(err, errOvertaken) {
			return err
		}
	}
}

func (d *descent) store(ctx context.Context, call azureml.Call, again bool) (err error) {
	if d.draft, err = d.worker.draft(ctx, d.job.Task.AnswerBlob(d.job.Target), again); err != nil {
		return err
	}
	defer d.draft.abort()

	early, cancel := endingEarly(ctx)
	defer cancel()

	if err := d.from(early, call); err != nil {
		return d.draft.stopped(ctx, early, err)
	}
	return d.draft.finish(ctx)
}

// from keeps the page itself and then what is below it, level by level. It follows an
// item once, however often it is named.
func (d *descent) from(ctx context.Context, call azureml.Call) error {
	d.seen, d.names, d.level = map[string]bool{}, 0, nil
	if err := d.root(ctx, call); err != nil {
		return err
	}

	for len(d.level) > 0 {
		items := d.level
		d.level = nil
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(itemsAtOnce)

		for _, item := range items {
			g.Go(dsr.Guard(func() error { return unlessSpoiled(d.below(gctx, item)) }))
		}

		if err := g.Wait(); err != nil {
			return err
		}
	}

	return nil
}

// root keeps the page of the list itself, or that the target has no such list.
func (d *descent) root(ctx context.Context, call azureml.Call) error {
	if k, done := d.draft.kept.of(call.Operation, ""); done {
		return d.note(call.Operation.ID, k.items)
	}
	answer, err := d.worker.upstream.Get(ctx, call)
	if call.Lacks(err) {
		return d.draft.add(d.worker.missing(call, "", err), nil)
	}
	if err != nil {
		return err
	}
	_, err = d.page(ctx, call, "", answer)
	return err
}

// below keeps the pages of one item's children, behind those that are kept already. An
// item that is gone has none any more.
func (d *descent) below(ctx context.Context, item string) error {
	k, begun := d.draft.kept.of(d.row, item)
	if err := d.note(d.row.ID, k.items); err != nil || (begun && k.next == "") {
		return err
	}

	call := azureml.Call{
		Operation: d.row,
		Target:    d.job.Target,
		Item:      item,
		Cursor:    k.next,
	}
	var walk dsr.Walk
	for range maxPages - k.pages {
		answer, err := d.worker.upstream.Get(ctx, call)
		if azureml.Gone(err) {
			return d.draft.add(d.worker.missing(call, item, err), nil)
		}
		if err != nil {
			return err
		}
		next, err := d.page(ctx, call, item, answer)
		if err != nil || next == "" {
			return err
		}
		if walk.Returns(next) {
			return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: its pages run in a ring", d.row.ID)
		}

		call.Cursor = next
	}

	return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: its pages do not end", d.row.ID)
}

// page keeps one answer, and notes the items that it names.
func (d *descent) page(ctx context.Context, call azureml.Call, item string, answer *azureml.Answer) (next string, err error) {
	body, err := d.worker.readPage(ctx, call.Operation, answer)
	defer body.release()
	if err != nil {
		return "", err
	}
	listing, err := azureml.ReadListing(bytes.NewReader(body.bytes), call.Operation)
	if err != nil {
		return "", err
	}
	if err := d.note(call.Operation.ID, listing.Items); err != nil {
		return "", err
	}

	e := entryOf(call, item, answer)
	if e.Left, err = body.sift(ctx, d.sieve, d.kin, call); err != nil {
		return "", broken(err)
	}
	options := d.options
	options.Secrets = call.Operation.DocumentSecrets()
	doc, result, err := body.copy(ctx, options)
	if err != nil {
		return "", broken(err)
	}

	return listing.Next, d.draft.add(e, written(doc, result))
}

// note notes items whose children are to be read, unless they are seen already.
func (d *descent) note(endpoint string, items []string) error {
	d.mu.Lock()
	defer d.mu.Unlock()

	for _, item := range items {
		if d.seen[item] {
			continue
		}
		d.seen[item] = true
		d.names += len(item)
		d.level = append(d.level, item)
	}

	if len(d.seen) > maxBelow || d.names > maxBelowNames {
		return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: more than %d items, or %d bytes of names, hang below one page", endpoint, maxBelow, maxBelowNames)
	}

	return nil
}
