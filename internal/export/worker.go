// Package export does the work of an export's tasks: it reads what the rows of a
// resource type name, and stores the answers as parts, byte for byte but for masked
// secrets. Of a request that deletes it stores only counts and hashes.
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
	"azureml-dsr/internal/mention"
	"azureml-dsr/internal/task"
)

// Upstream reads from Azure ML.
type Upstream interface {
	Get(ctx context.Context, call azureml.Call) (*azureml.Answer, error)
	URL(call azureml.Call) (string, error)
	OpenContent(ctx context.Context, uri string, offset, length int64, ifMatch string) (*azureml.Content, error)
}

// Subjects knows whom a request is about.
type Subjects interface {
	// Subject returns the person; nil where the request is about everybody.
	Subject(ctx context.Context, requestID string) (*dsr.Subject, error)
}

// itemsAtOnce is how many items of a chunk are read at once.
const itemsAtOnce = 8

// Options are a worker's settings.
type Options struct {
	// ListItems is how many entries an item's own list may have. A longer one becomes a
	// sub-node. Default 50.
	ListItems int
	// Logger gets a line for each item that is refused for good, without the item's
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

// New returns a worker that reads from u and stores in a.
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

// ListEndpoint returns the id of the row of the job's list, or else WorkEndpoint's.
func (w *Worker) ListEndpoint(job task.Job) string {
	if row := listRow(job); row != nil {
		return row.ID
	}
	return w.WorkEndpoint(job)
}

// WorkEndpoint returns the id of the row that reads the job's items.
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

// listRow returns the row of the list that has the job's pages: the type's list, or, of
// a sub-node, its item's own. It is nil where the type has none.
func listRow(job task.Job) *azureml.Operation {
	r := resource(job)
	if job.Task.IsSubNode() {
		return r.ItemList
	}
	return r.List
}

// childrenRow returns the row that names further items of the job's list; nil where
// there is none. The entries of a sub-node's list have no children.
func childrenRow(job task.Job) *azureml.Operation {
	if job.Task.IsSubNode() {
		return nil
	}
	return resource(job).Children
}

// Work reads the items of a chunk and stores the part, unless an earlier delivery has.
// An item that is refused for good becomes an entry that says so, and stops no other.
func (w *Worker) Work(ctx context.Context, job task.Job, items []string) error {
	name := job.Task.PartBlob(job.Target)
	if stored, err := w.stored(ctx, job, name); stored || err != nil {
		return err
	}
	subject, err := w.subjects.Subject(ctx, job.Task.RequestID)
	if err != nil {
		return err
	}

	ctx, end := azureml.WithWork(ctx) // little of it is kept unless all is read
	defer end()

	c := &chunk{
		worker:   w,
		job:      job,
		resource: resource(job),
		subject:  subject,
		names:    namesOf(subject),
		sieve:    sieveOf(job, subject),
		refused:  map[string]error{},
	}
	c.kin = newKin(w, job, c.sieve)
	for again := job.Again; ; again = true {
		err = c.write(ctx, name, items, again)
		var spoiled *spoiledPart
		switch {
		case errors.As(err, &spoiled) && c.refused[spoiled.item] == nil:
			// A document that is too long to hold streams into the part. If it turns
			// out to be broken, the part is spoiled, and begun again without it.
			c.refused[spoiled.item] = spoiled.err
		case !errors.Is(err, errOvertaken):
			return c.withProgress(err)
		}
	}
}

// withProgress adds the stored blocks of artifacts to an error's progress.
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
	worker   *Worker
	job      task.Job
	resource azureml.Resource
	subject  *dsr.Subject
	names    document.Finder // of the subject
	sieve    *sieve          // nil keeps everything
	kin      *kin
	progress atomic.Int64 // blocks of artifacts that were staged or committed

	draft *draft

	mu      sync.Mutex
	refused map[string]error // by item: why its document has spoiled an earlier try
}

// spoiledPart is the error of a part into which a broken document was streamed.
type spoiledPart struct {
	item string
	err  error
}

func (s *spoiledPart) Error() string { return s.err.Error() }
func (s *spoiledPart) Unwrap() error { return s.err }

// write reads the items and stores the part. again reports whether an earlier try may
// have kept stretches of it.
func (c *chunk) write(ctx context.Context, name string, items []string, again bool) (err error) {
	if c.draft, err = c.worker.draft(ctx, name, again); err != nil {
		return err
	}
	defer c.draft.abort()

	early, cancel := endingEarly(ctx)
	defer cancel()

	if err := c.readAll(early, items); err != nil {
		return c.draft.stopped(ctx, early, err)
	}

	return c.draft.finish(ctx)
}

// readAll reads all items, some at once. Each goroutine reads many of them: a new one for
// each item would have to grow its stack each time, below the many policies of a call.
func (c *chunk) readAll(ctx context.Context, items []string) error {
	g, gctx := errgroup.WithContext(ctx)
	var begun atomic.Int64

	for range min(itemsAtOnce, len(items)) {
		g.Go(dsr.Guard(func() error {
			for i := begun.Add(1) - 1; i < int64(len(items)); i = begun.Add(1) - 1 {
				if err := unlessSpoiled(c.item(gctx, int(i), items[i])); err != nil {
					return err
				}
			}
			return nil
		}))
	}

	return g.Wait() //nolint:wrapcheck // the items' own
}

// unlessSpoiled drops the error that the part is spoiled, which all that write to it
// get. The one that has spoiled it returns the reason.
func unlessSpoiled(err error) error {
	if errors.Is(err, archive.ErrPartSpoiled) {
		return nil
	}
	return err
}

// item reads what the type's rows name for one item. index is its place in the chunk.
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
		return nil // the answers of a list without items are all there is
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
		Secrets:    row.DocumentSecrets(),
		Everywhere: true,
		Subject:    c.names,
	}
}

// namesOf returns what finds a subject's names; nil where the request is about everybody.
func namesOf(subject *dsr.Subject) document.Finder {
	if subject == nil {
		return nil
	}
	return mention.New(subject)
}
