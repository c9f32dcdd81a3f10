package export

import (
	"bytes"
	"context"
	"io"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// maxPages bounds the pages of one entry's own answer, and of one item's children: a
// task's calls have a bound.
const maxPages = 1000

// pages reads an entry that answers page by page: each page is a document.
func (c *chunk) pages(ctx context.Context, call azureml.Call, name string) error {
	var walk dsr.Walk
	for range maxPages {
		answer, err := c.worker.upstream.Get(ctx, call)
		if err != nil {
			return c.refuse(ctx, call, name, err)
		}
		next, err := c.page(ctx, call, name, answer)
		if err != nil || next == "" {
			return err
		}
		if walk.Returns(next) {
			break
		}
		call.Cursor = next
	}
	return c.refuse(ctx, call, name, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: its pages do not end", call.Endpoint.ID))
}

// page keeps one page and gives the cursor of the next.
func (c *chunk) page(ctx context.Context, call azureml.Call, name string, answer *azureml.Answer) (next string, err error) {
	body, err := io.ReadAll(io.LimitReader(answer.Body, heldPage))
	_ = answer.Body.Close() // read to the end, or more than is of use
	if err != nil {
		return "", broken(err)
	}
	if len(body) == heldPage {
		return "", c.refuse(ctx, call, name, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: a page is too long", call.Endpoint.ID))
	}
	next, err = azureml.ReadCursor(bytes.NewReader(body), call.Endpoint)
	if err != nil {
		return "", c.refuse(ctx, call, name, err)
	}
	doc, result, err := document.CopyHeld(body, c.options(call.Endpoint))
	if err != nil {
		return "", c.refuse(ctx, call, name, broken(err))
	}
	e := entryOf(call, name, answer)
	if c.counts() {
		return next, c.count(e, doc, result)
	}
	if c.job.Kind == dsr.KindExportThenDelete {
		e.Inventory = c.inventory(e.Endpoint, doc)
	}
	return next, c.part.Add(e, func(w io.Writer) (document.Result, error) {
		_, err := w.Write(doc)
		return result, err
	})
}
