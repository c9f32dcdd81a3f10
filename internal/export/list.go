package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// heldList is how many bytes of an item's own list are held in memory. A longer list
// becomes a sub-node.
const heldList = 1 << 20

// itemList reads an item's own list and what its entries lead to. A list with more than
// one page or too many entries becomes a sub-node, which the part only names.
func (c *chunk) itemList(ctx context.Context, index int, item string) error {
	row := *c.resource.ItemList
	if k, done := c.draft.kept.of(row, item); done {
		return c.entries(ctx, item, k.items)
	}
	entries, err := c.newItemList(ctx, row, index, item)
	if err != nil {
		return err
	}
	return c.entries(ctx, item, entries)
}

// newItemList reads an item's own list and returns the entries that are to be read here.
func (c *chunk) newItemList(ctx context.Context, row azureml.Operation, index int, item string) ([]string, error) {
	call := c.call(row, item, "")
	answer, err := c.worker.upstream.Get(ctx, call)
	if err != nil {
		return nil, c.refuse(ctx, call, item, err)
	}

	body, err := c.worker.memory.answer(ctx, answer, heldList)
	defer body.release()

	_ = answer.Body.Close() // read to its end, or further than is of use
	if err != nil {
		return nil, broken(err)
	}

	e := entryOf(call, item, answer)
	var listing azureml.Listing
	tooLong := len(body.bytes) == heldList
	if err := row.AsAsked(body.bytes); err != nil {
		return nil, c.refuse(ctx, call, item, err)
	}
	if !tooLong {
		if listing, err = azureml.ReadListing(bytes.NewReader(body.bytes), row); err != nil {
			return nil, c.refuse(ctx, call, item, broken(err))
		}
		tooLong = listing.Next != "" || len(listing.Items) > c.worker.opts.ListItems
	}
	if tooLong {
		e.SubNode = c.subNode(index, item)
		return nil, c.draft.add(e, nil)
	}
	if e.Left, err = body.sift(ctx, c.sieve, c.kin, call); err != nil {
		return nil, c.refuse(ctx, call, item, broken(err))
	}
	doc, result, err := body.copy(ctx, c.options(row))
	if err != nil {
		return nil, c.refuse(ctx, call, item, broken(err))
	}

	return listing.Items, c.draft.add(e, written(doc, result))
}

// entries reads what the entries of an item's own list lead to, each entry once.
func (c *chunk) entries(ctx context.Context, item string, entries []string) error {
	slices.Sort(entries)
	for _, entry := range slices.Compact(entries) {
		if err := c.entry(ctx, item, entry); err != nil {
			return err
		}
	}
	return nil
}

// subNode returns the name of the node that an item's long list becomes.
func (c *chunk) subNode(index int, item string) string {
	if c.job.SubNodes == dsr.SubNodesByPlace {
		return c.job.Task.SubNode(append([]string{c.job.Node.Type}, c.job.Node.Followers...), index)
	}
	return dsr.SubNodeName(c.job.Task.Node, c.job.Task.Type, item)
}

// List stores the answer to a page of the job's list as a part of its own, unless an
// earlier delivery has, and returns what the stored answer says.
func (w *Worker) List(ctx context.Context, job task.Job, cursor string) (task.Listing, error) {
	name := job.Task.AnswerBlob(job.Target)
	row := listRow(job)
	stored, err := w.stored(ctx, job, name)
	if err != nil {
		return task.Listing{}, err
	}

	if !stored {
		listing, known, err := w.storeAnswer(ctx, job, *row, cursor, name)
		if err != nil || known {
			return listing, err
		}
	}

	return w.readAnswer(ctx, job, *row, name)
}

// storeAnswer asks for a page and stores the answer. known is false where what is
// stored has to be read back to be known.
func (w *Worker) storeAnswer(
	ctx context.Context, job task.Job, row azureml.Operation, cursor, name string,
) (listing task.Listing, known bool, err error) {
	subject, err := w.subjects.Subject(ctx, job.Task.RequestID)
	if err != nil {
		return task.Listing{}, false, err
	}

	call := azureml.Call{
		Operation: row,
		Target:    job.Target,
		Item:      job.Item,
		Cursor:    cursor,
	}

	if subject != nil {
		call.ObjectID = subject.ObjectID
	}

	if children := childrenRow(job); children != nil {
		return task.Listing{}, false, w.storeDescent(ctx, job, call, *children, subject)
	}

	answer, err := w.upstream.Get(ctx, call)
	missing := (job.Item != "" && azureml.Gone(err)) || call.Lacks(err)
	if err != nil && !missing {
		return task.Listing{}, false, err
	}
	part, partErr := w.archive.NewPart(ctx, name)
	if partErr != nil {
		return task.Listing{}, false, errors.Join(partErr, closeBody(answer))
	}
	defer part.Abort()

	s := sieveOf(job, subject)
	page := listedPage{worker: w, call: call, part: part, sieve: s, kin: newKin(w, job, s), options: document.Options{
		Secrets:    row.DocumentSecrets(),
		Everywhere: true,
		Subject:    namesOf(subject),
	}}
	if err != nil { // a listed item is gone since, or the target has no such list
		err = part.Add(w.missing(call, job.Item, err), nil)
	} else {
		err = page.add(ctx, entryOf(call, job.Item, answer), answer)
	}
	if err != nil {
		return task.Listing{}, false, err
	}

	info, err := part.Commit()
	if err != nil || page.listing == nil || info.Metadata[dsr.MetaSHA256] != part.Hash() {
		return task.Listing{}, false, err
	}

	return listingOf(job, *page.listing, info), true, nil
}

// listedPage is a list's answer on its way into its part.
type listedPage struct {
	worker  *Worker
	call    azureml.Call
	part    *archive.PartWriter
	options document.Options
	sieve   *sieve // nil keeps everything
	kin     *kin
	// listing is what the document in the part says; nil where it streamed past.
	listing *azureml.Listing
}

// add appends the answer's entry. An answer that is short enough is held, and its
// copy is read for the listing before it is written; a longer one streams past.
func (p *listedPage) add(ctx context.Context, e dsr.Entry, answer *azureml.Answer) error {
	limit := heldList
	if p.sieve != nil {
		limit = heldPage // what is not held is kept as a whole
	}
	head, err := p.worker.memory.answer(ctx, answer, limit)
	defer head.release()
	if err != nil {
		return errors.Join(broken(err), closeBody(answer))
	}
	if len(head.bytes) == limit {
		return p.addLong(e, answer, head.bytes)
	}
	if err := closeBody(answer); err != nil {
		return err
	}

	if err := p.call.Operation.AsAsked(head.bytes); err != nil {
		return err // stored, it would be no document, and so an empty list
	}
	if e.Left, err = head.sift(ctx, p.sieve, p.kin, p.call); err != nil {
		return broken(err)
	}
	doc, result, err := head.copy(ctx, p.options)
	if err != nil {
		return broken(err)
	}
	listing, err := azureml.ReadListing(bytes.NewReader(doc), p.call.Operation)
	if err == nil {
		p.listing = &listing // an answer that can't be read is stored all the same, and refused then
	}

	return p.part.Add(e, written(doc, result))
}

// addLong appends the entry of an answer of which only the head is held.
func (p *listedPage) addLong(e dsr.Entry, answer *azureml.Answer, head []byte) error {
	err := p.part.Add(e, func(dst io.Writer) (document.Result, error) {
		return document.Copy(dst, io.MultiReader(bytes.NewReader(head), answer.Body), p.options)
	})
	return errors.Join(broken(err), closeBody(answer))
}

// missing returns the entry of what is not there, as the error of its call says.
func (w *Worker) missing(call azureml.Call, item string, err error) dsr.Entry {
	url, _ := w.upstream.URL(call)
	status := 0
	if e, ok := errors.AsType[*dsr.Error](err); ok {
		status = e.Status
	}

	return dsr.Entry{
		Endpoint:    call.Operation.ID,
		Item:        item,
		URL:         url,
		Status:      status,
		RetrievedAt: time.Now().UTC(),
	}
}

func closeBody(a *azureml.Answer) error {
	if a == nil {
		return nil
	}
	if err := a.Body.Close(); err != nil {
		return fmt.Errorf("closing an answer: %w", err)
	}
	return nil
}

// readAnswer reads a stored answer back. The page's record is made from it, whichever
// delivery has stored it.
func (w *Worker) readAnswer(ctx context.Context, job task.Job, row azureml.Operation, name string) (task.Listing, error) {
	body, info, err := w.archive.Backend().Open(ctx, name, 0)
	if err != nil {
		return task.Listing{}, fmt.Errorf("reading a list's stored answer: %w", err)
	}
	defer body.Close()

	var listing azureml.Listing
	err = archive.ReadDocuments(body, func(n int, doc io.Reader) error {
		if n > 0 { // the items below those of the list
			below, err := azureml.ReadListing(doc, *childrenRow(job))
			listing.Items = append(listing.Items, below.Items...)
			return err
		}
		listing, err = azureml.ReadListing(doc, row)
		return err
	})
	if err != nil {
		return task.Listing{}, err
	}

	return listingOf(job, listing, info), nil
}

// listingOf returns what a stored answer says.
func listingOf(job task.Job, l azureml.Listing, stored archive.Info) task.Listing {
	return task.Listing{
		Items:  l.Items,
		Cursor: l.Next,
		Answer: dsr.BlobRef{
			Name:   stored.Name[len(job.Task.Of().Prefix()):],
			SHA256: stored.Metadata[dsr.MetaSHA256],
		},
	}
}
