package export

import (
	"bytes"
	"context"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// maxPages is how many pages one entry, and the children of one item, may have: a task's
// calls have a bound.
const maxPages = 1000

// pages reads an entry that answers page by page, of which each page is a document. It
// goes on behind the pages that are kept already.
func (c *chunk) pages(ctx context.Context, call azureml.Call, name string) error {
	k, begun := c.draft.kept.of(call.Operation, name)
	if begun && k.next == "" {
		return nil
	}

	call.Cursor = k.next

	// A page that is only counted leaves no cursor to go on from, so the entries of all
	// pages are kept together.
	var counted []dsr.Entry
	add := func(e dsr.Entry, doc []byte, result document.Result) error {
		if c.counts() {
			counted = append(counted, c.counted(e, doc, result))
			return nil
		}
		if c.job.Kind == dsr.KindExportThenDelete {
			e.Inventory = c.inventory(e.Endpoint, doc)
		}
		return c.draft.add(e, written(doc, result))
	}

	err := c.eachPage(ctx, &call, name, maxPages-k.pages, add)
	if dsr.ClassOf(err) == dsr.Permanent {
		var e dsr.Entry
		if e, err = c.refusedEntry(ctx, call, name, err); err == nil {
			counted = append(counted, e)
		}
	}
	if err != nil {
		return err
	}

	return c.draft.addAll(counted)
}

// eachPage reads the pages from a call's cursor on. If it fails, the call has the cursor
// of the page that it failed at.
func (c *chunk) eachPage(ctx context.Context, call *azureml.Call, name string, atMost int, add func(dsr.Entry, []byte, document.Result) error) error {
	var walk dsr.Walk
	for range atMost {
		next, err := c.page(ctx, *call, name, add)
		if err != nil || next == "" {
			return err
		}
		if walk.Returns(next) {
			break
		}
		call.Cursor = next
	}
	return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: its pages do not end", call.Operation.ID)
}

// page reads one page and returns the cursor of the next.
func (c *chunk) page(ctx context.Context, call azureml.Call, name string, add func(dsr.Entry, []byte, document.Result) error) (next string, err error) {
	answer, err := c.worker.upstream.Get(ctx, call)
	if err != nil {
		return "", err
	}

	body, err := c.worker.readPage(ctx, call.Operation, answer)
	defer body.release()
	if err != nil {
		return "", err
	}

	next, err = azureml.ReadCursor(bytes.NewReader(body.bytes), call.Operation)
	if err != nil {
		return "", err
	}

	e := entryOf(call, name, answer)
	if e.Left, err = body.sift(ctx, c.sieve, c.kin, call); err != nil {
		return "", broken(err)
	}
	doc, result, err := body.copy(ctx, c.options(call.Operation))
	if err != nil {
		return "", broken(err)
	}

	return next, add(e, doc, result)
}

// readPage holds a page and closes its answer. release must follow, also where it fails.
func (w *Worker) readPage(ctx context.Context, op azureml.Operation, answer *azureml.Answer) (*holding, error) {
	body, err := w.memory.answer(ctx, answer, heldPage)
	_ = answer.Body.Close() // read to its end, or further than is of use
	if err != nil {
		return body, broken(err)
	}
	if len(body.bytes) == heldPage {
		return body, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: a page is too long", op.ID)
	}
	return body, op.AsAsked(body.bytes)
}
