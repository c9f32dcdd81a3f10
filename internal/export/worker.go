// Package export does the work of an export's tasks: it reads what a resource
// type's rows name and stores the answers, byte for byte, as parts.
package export

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// Upstream reads from Azure ML.
type Upstream interface {
	Get(ctx context.Context, call azureml.Call) (*azureml.Answer, error)
	URL(call azureml.Call) (string, error)
	OpenContent(ctx context.Context, uri string, offset, length int64, ifMatch string) (*azureml.Content, error)
}

// Subjects tells whom a request is about; nil for everybody.
type Subjects interface {
	Subject(ctx context.Context, requestID string) (*dsr.Subject, error)
}

// itemsAtOnce is how many items of a chunk are read at once.
const itemsAtOnce = 16

// Options are a worker's settings.
type Options struct {
	// ListItems is how many entries an item's own list may have before it
	// becomes a sub-node. Default 50.
	ListItems int
	// Logger gets a line for each item that is refused for good, without its
	// name. Default: none.
	Logger *slog.Logger
}

// Worker is a task.Worker for exports.
type Worker struct {
	upstream Upstream
	archive  *archive.Archive
	subjects Subjects
	opts     Options
	memory   *budget
}

var _ task.Worker = (*Worker)(nil)

// New makes a worker that stores in an archive.
func New(u Upstream, a *archive.Archive, s Subjects, opts Options) *Worker {
	if opts.ListItems == 0 {
		opts.ListItems = 50
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return &Worker{
		upstream: u,
		archive:  a,
		subjects: s,
		opts:     opts,
		memory:   newBudget(),
	}
}

// Lists reports whether the job's node has a list.
func (w *Worker) Lists(job task.Job) bool { return listRow(job) != nil }

// ListEndpoint names the row of the job's list, or of its document where it has
// none.
func (w *Worker) ListEndpoint(job task.Job) string {
	if row := listRow(job); row != nil {
		return row.ID
	}
	return w.WorkEndpoint(job)
}

// WorkEndpoint names the row that the job's items are read by.
func (w *Worker) WorkEndpoint(job task.Job) string {
	r := resource(job)
	for _, row := range []*azureml.Operation{r.Document, r.Item, r.ItemList, r.List} {
		if row != nil {
			return row.ID
		}
	}
	return ""
}

func resource(job task.Job) azureml.Resource {
	r, _ := azureml.ResourceOf(job.Task.Type)
	return r
}

// listRow is the list that gives the job's pages: that of the type, or for a
// sub-node its item's own.
func listRow(job task.Job) *azureml.Operation {
	r := resource(job)
	if job.Task.IsSubNode() {
		return r.ItemList
	}
	return r.List
}

// childrenRow names further items of the job's list; nil where nothing does. The
// entries of a sub-node's list have none.
func childrenRow(job task.Job) *azureml.Operation {
	if job.Task.IsSubNode() {
		return nil
	}
	return resource(job).Children
}

// Work reads the items of a chunk and stores the part, unless an earlier
// delivery has. An item that its row refuses for good is an entry of the part;
// the others go on.
func (w *Worker) Work(ctx context.Context, job task.Job, items []string) error {
	name := job.Task.PartBlob(job.Target)
	if stored, err := w.stored(ctx, job, name); stored || err != nil {
		return err
	}
	subject, err := w.subjects.Subject(ctx, job.Task.RequestID)
	if err != nil {
		return err
	}

	ctx, end := azureml.WithWork(ctx) // nothing of it is kept unless all is read
	defer end()

	c := &chunk{
		worker:    w,
		job:       job,
		resource:  resource(job),
		subject:   subject,
		isSubject: subject.Is(),
		shortest:  subject.ShortestAlias(),
		refused:   map[string]error{},
	}
	for again := job.Again; ; again = true {
		err = c.write(ctx, name, items, again)
		var spoiled *spoiledPart
		switch {
		case errors.As(err, &spoiled) && c.refused[spoiled.item] == nil:
			// A document too long to hold that turns out to be broken spoils what it
			// streams into. That is begun again without the document.
			c.refused[spoiled.item] = spoiled.err
		case !errors.Is(err, errOvertaken):
			return c.withProgress(err)
		}
	}
}

// withProgress adds what is stored of artifacts to an error's progress.
func (c *chunk) withProgress(err error) error {
	blocks := int(c.progress.Load())
	if err == nil || blocks == 0 {
		return err
	}
	out := dsr.Error{
		Class:   dsr.ClassOf(err),
		Reason:  dsr.ReasonOf(err),
		Message: err.Error(),
		Err:     err,
	}
	if e, ok := errors.AsType[*dsr.Error](err); ok {
		out = *e
		out.Err = err
	}
	out.Progress += blocks
	return &out
}

// stored reports whether an earlier delivery of the task has stored a blob.
func (w *Worker) stored(ctx context.Context, job task.Job, name string) (bool, error) {
	if !job.Again {
		return false, nil
	}
	_, err := w.archive.Backend().Stat(ctx, name)
	if errors.Is(err, archive.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// chunk is the work of one task.
type chunk struct {
	worker    *Worker
	job       task.Job
	resource  azureml.Resource
	subject   *dsr.Subject
	isSubject func(string) bool
	shortest  int          // of the subject's aliases
	progress  atomic.Int64 // blocks of artifacts staged or committed

	draft *draft

	mu      sync.Mutex
	refused map[string]error // items whose document spoiled the part before
}

// spoiledPart says that a long document broke off inside the part.
type spoiledPart struct {
	item string
	err  error
}

func (s *spoiledPart) Error() string { return s.err.Error() }
func (s *spoiledPart) Unwrap() error { return s.err }

func (c *chunk) write(ctx context.Context, name string, items []string, again bool) (err error) {
	if c.draft, err = c.worker.draft(ctx, name, again); err != nil {
		return err
	}
	defer c.draft.abort()

	soft, cancel := softly(ctx)
	defer cancel()

	g, gctx := errgroup.WithContext(soft)
	g.SetLimit(itemsAtOnce)

	for i, item := range items {
		g.Go(dsr.Guard(func() error { return unlessSpoiled(c.item(gctx, i, item)) }))
	}

	if err := g.Wait(); err != nil {
		return c.draft.stopped(ctx, soft, err)
	}

	return c.draft.finish(ctx)
}

// unlessSpoiled leaves the word to whoever spoiled a part that others write as well:
// their errors only say that it is spoiled.
func unlessSpoiled(err error) error {
	if errors.Is(err, archive.ErrPartSpoiled) {
		return nil
	}
	return err
}

// item reads what the type's rows name for one item, which has an index in the chunk.
func (c *chunk) item(ctx context.Context, index int, item string) error {
	r := c.resource
	switch {
	case c.job.Task.IsSubNode():
		return c.entry(ctx, c.job.Item, item)
	case r.Document != nil:
		return c.document(ctx, c.call(*r.Document, "", ""), item)
	case r.Item != nil:
		return c.document(ctx, c.call(*r.Item, item, ""), item)
	case r.ItemList != nil:
		return c.itemList(ctx, index, item)
	default:
		return nil // a list that is exported as it is has no items
	}
}

// entry reads what an entry of an item's own list leads to, if anything does.
func (c *chunk) entry(ctx context.Context, item, entry string) error {
	row := c.resource.ItemEntry
	if row == nil {
		return nil
	}
	call := c.call(*row, item, entry)
	if row.Paged {
		return c.pages(ctx, call, item+"/"+entry)
	}
	return c.document(ctx, call, item+"/"+entry)
}

func (c *chunk) call(row azureml.Operation, item, entry string) azureml.Call {
	return azureml.Call{
		Operation: row,
		Target:    c.job.Target,
		Item:      item,
		Entry:     entry,
	}
}

func (c *chunk) options(row azureml.Operation) document.Options {
	return document.Options{
		Secrets:       row.DocumentSecrets(),
		IsSubject:     c.isSubject,
		ShortestMatch: c.shortest,
	}
}
