package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// heldList is how much of an item's own list is held in memory; a longer one is
// a sub-node's.
const heldList = 1 << 20

// itemList reads an item's own list and what its entries lead to. A list with
// more than one page or too many entries is handed over: it becomes a sub-node,
// and this part only says so.
func (c *chunk) itemList(ctx context.Context, index int, item string) error {
	row := *c.resource.ItemList
	call := c.call(row, item, "")
	answer, err := c.worker.upstream.Get(ctx, call)
	if err != nil {
		return c.refuse(ctx, call, item, err)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, heldList))
	_ = answer.Body.Close() // read to the end, or more than is of use
	if err != nil {
		return broken(err)
	}
	e := entryOf(call, item, answer)
	var listing azureml.Listing
	if len(body) < heldList {
		if listing, err = azureml.ReadListing(bytes.NewReader(body), row); err != nil {
			return c.refuse(ctx, call, item, broken(err))
		}
	}
	if len(body) == heldList || listing.Next != "" || len(listing.Items) > c.worker.opts.ListItems {
		e.SubNode = c.subNode(index, item)
		return c.part.Add(e, nil)
	}
	doc, result, err := document.CopyHeld(body, c.options(row))
	if err != nil {
		return c.refuse(ctx, call, item, broken(err))
	}
	err = c.part.Add(e, func(w io.Writer) (document.Result, error) {
		_, err := w.Write(doc)
		return result, err
	})
	if err != nil {
		return err
	}
	slices.Sort(listing.Items)
	for _, entry := range slices.Compact(listing.Items) {
		if err := c.entry(ctx, item, entry); err != nil {
			return err
		}
	}
	return nil
}

// subNode names the node that an item's long list becomes.
func (c *chunk) subNode(index int, item string) string {
	if c.job.SubNodes == dsr.SubNodesByPlace {
		return c.job.Task.SubNode(append([]string{c.job.Node.Type}, c.job.Node.Followers...), index)
	}
	return dsr.SubNodeName(c.job.Task.Node, c.job.Task.Type, item)
}

// List stores the answer to a page of the job's list as a part of its own,
// unless an earlier delivery has, and gives what the stored answer says.
func (w *Worker) List(ctx context.Context, job task.Job, cursor string) (task.Listing, error) {
	name := job.Task.AnswerBlob(job.Target)
	row := listRow(job)
	stored, err := w.stored(ctx, job, name)
	if err == nil && !stored {
		err = w.storeAnswer(ctx, job, *row, cursor, name)
	}
	if err != nil {
		return task.Listing{}, err
	}
	return w.readAnswer(ctx, job, *row, name)
}

func (w *Worker) storeAnswer(ctx context.Context, job task.Job, row azureml.Endpoint, cursor, name string) error {
	subject, err := w.subjects.Subject(ctx, job.Task.RequestID)
	if err != nil {
		return err
	}
	call := azureml.Call{Endpoint: row, Target: job.Target, Item: job.Item, Cursor: cursor}
	if subject != nil {
		call.ObjectID = subject.ObjectID
	}
	answer, err := w.upstream.Get(ctx, call)
	mayLack := job.Item != "" || row.Optional && cursor == ""
	if err != nil && (!mayLack || dsr.StatusOf(err) != http.StatusNotFound) {
		return err
	}
	children := childrenRow(job)
	part, partErr := w.archive.NewPart(ctx, name)
	if partErr != nil {
		return errors.Join(partErr, closeBody(answer))
	}
	defer part.Abort()
	switch {
	case err != nil: // the item, which we had seen listed, is gone, or the target has no such list
		url, _ := w.upstream.URL(call)
		err = part.Add(dsr.Entry{Endpoint: row.ID, Item: job.Item, URL: url, Status: http.StatusNotFound, RetrievedAt: time.Now().UTC()}, nil)
	case children != nil:
		d := descent{worker: w, part: part, job: job, row: *children, options: document.Options{IsSubject: subject.Is()}}
		err = d.from(ctx, call, answer)
	default:
		err = part.Add(entryOf(call, job.Item, answer), func(dst io.Writer) (document.Result, error) {
			return document.Copy(dst, answer.Body, document.Options{Secrets: row.DocumentSecrets(), IsSubject: subject.Is()})
		})
		err = errors.Join(broken(err), closeBody(answer))
	}
	if err != nil {
		return err
	}
	_, err = part.Commit()
	return err
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

// readAnswer reads a stored answer back: whoever wrote it, it is the one that
// the page's record is made from.
func (w *Worker) readAnswer(ctx context.Context, job task.Job, row azureml.Endpoint, name string) (task.Listing, error) {
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
	return task.Listing{
		Items: listing.Items, Cursor: listing.Next,
		Answer: dsr.BlobRef{Name: name[len(job.Task.Of().Prefix()):], SHA256: info.Metadata[dsr.MetaSHA256]},
	}, nil
}
