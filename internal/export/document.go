package export

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

const (
	// held is how many bytes of a document are held in memory. A longer one streams into
	// the part, which takes no other meanwhile.
	held = 256 << 10
	// heldLink is held, but of a document that names an artifact. Such a one is held
	// until the artifact is copied.
	heldLink = unaccounted
)

// document reads one document into the part.
func (c *chunk) document(ctx context.Context, call azureml.Call, item string) error {
	if _, done := c.draft.kept.of(call.Operation, item); done {
		return nil
	}
	if err := c.refusal(item); err != nil {
		return c.refuse(ctx, call, item, err)
	}
	answer, err := c.worker.upstream.Get(ctx, call)
	if err != nil {
		return c.refuse(ctx, call, item, err)
	}
	defer answer.Body.Close()

	limit := held
	if call.Operation.Content {
		limit = heldLink
	}

	head, err := c.worker.memory.answer(ctx, answer, limit)
	defer head.release()
	if err != nil {
		return broken(err)
	}

	e := entryOf(call, item, answer)
	if err := call.Operation.AsAsked(head.bytes); err != nil {
		return c.refuse(ctx, call, item, err)
	}
	if len(head.bytes) == limit {
		return c.long(ctx, e, call, head.bytes, answer.Body)
	}
	// It is closed before any further call, since an open answer holds a slot of its
	// host.
	if err := answer.Body.Close(); err != nil {
		return broken(err)
	}
	doc, result, err := head.copy(ctx, c.options(call.Operation))
	if err != nil {
		return c.refuse(ctx, call, item, broken(err))
	}
	if left, err := c.leaves(ctx, call, doc, result); err != nil {
		return err
	} else if left {
		return c.leave(e)
	}
	if c.counts() {
		return c.draft.add(c.counted(e, doc, result), nil)
	}

	if call.Operation.Content {
		if err := c.content(ctx, call, &e, head.bytes); err != nil {
			return err
		}
	}

	if c.job.Kind == dsr.KindExportThenDelete {
		e.Inventory = c.inventory(e.Endpoint, doc)
	} else if result.Matches > 0 || result.Possible > 0 {
		e.Owner = azureml.OwnerOf(call.Operation, doc, c.subject)
	}

	return c.draft.add(e, written(doc, result))
}

// written returns the copier of a document that is copied already.
func written(doc []byte, result document.Result) copier {
	return func(w io.Writer) (document.Result, error) {
		_, err := w.Write(doc)
		return result, err
	}
}

// long streams a document that is too long to hold.
func (c *chunk) long(ctx context.Context, e dsr.Entry, call azureml.Call, head []byte, rest io.Reader) error {
	if call.Operation.Content {
		return c.refuse(ctx, call, e.Item, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the answer is too long to name an artifact", e.Endpoint))
	}
	if c.counts() {
		return c.refuse(ctx, call, e.Item, c.countLong(e, io.MultiReader(bytes.NewReader(head), rest), call.Operation))
	}

	if c.job.Kind == dsr.KindExportThenDelete {
		e.Inventory = &dsr.Inventory{} // its time and owner would take the whole document in memory
	}

	doc, left, err := c.siftLong(ctx, call, io.MultiReader(bytes.NewReader(head), rest))
	if err != nil {
		return c.refuse(ctx, call, e.Item, err)
	}
	if left {
		return c.leave(e)
	}
	defer doc.Close()

	err = c.draft.addLong(e, func(w io.Writer) (document.Result, error) {
		return document.Copy(w, doc, c.options(call.Operation))
	})
	if err = broken(err); dsr.ClassOf(err) == dsr.Permanent {
		return &spoiledPart{item: e.Item, err: err}
	}

	return err
}

// refusal returns why an item's document has spoiled an earlier try; nil if it has not.
func (c *chunk) refusal(item string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused[item]
}

// refuse adds the entry of an item that is gone, or refused for good. Any other error is
// returned, and stops the task.
func (c *chunk) refuse(ctx context.Context, call azureml.Call, item string, err error) error {
	if dsr.ClassOf(err) != dsr.Permanent {
		return err
	}
	e, err := c.refusedEntry(ctx, call, item, err)
	if err != nil {
		return err
	}
	return c.draft.add(e, nil)
}

// refusedEntry returns the entry of an item that is gone, or refused for good.
func (c *chunk) refusedEntry(ctx context.Context, call azureml.Call, item string, err error) (dsr.Entry, error) {
	url, urlErr := c.worker.upstream.URL(call)
	if urlErr != nil {
		url = ""
	}
	e := dsr.Entry{
		Endpoint:    call.Operation.ID,
		Item:        item,
		URL:         url,
		Status:      dsr.StatusOf(err),
		RetrievedAt: time.Now().UTC(),
	}
	if !azureml.Gone(err) {
		e.Error = c.itemError(ctx, e.Endpoint, err)
	}
	e.Content, err = c.storedContent(ctx, call)
	return e, err
}

// itemError returns what an entry says of an item that is refused for good. It logs the
// refusal too, since the task goes on and may well succeed.
func (c *chunk) itemError(ctx context.Context, endpoint string, err error) *dsr.ItemError {
	c.worker.opts.Logger.WarnContext(ctx, "an item is refused for good",
		append([]any{"endpoint", endpoint}, dsr.FailureAttrs(c.job.Task, c.job.Deliveries, err)...)...)
	return &dsr.ItemError{Code: dsr.ReasonOf(err), Message: err.Error()}
}

func entryOf(call azureml.Call, item string, a *azureml.Answer) dsr.Entry {
	return dsr.Entry{
		Endpoint:    call.Operation.ID,
		Item:        item,
		URL:         a.URL,
		Status:      a.Status,
		RetrievedAt: a.RetrievedAt,
	}
}

// broken classifies an error of copying a document. An error of the source or of the
// archive stays what it is.
func broken(err error) error {
	switch {
	case err == nil || dsr.ClassOf(err) != dsr.Unclear:
		return err
	case errors.Is(err, document.ErrMalformed):
		return &dsr.Error{
			Class:   dsr.Permanent,
			Reason:  dsr.ReasonMalformedAnswer,
			Message: "the answer is no JSON",
			Err:     err,
		}
	case errors.Is(err, document.ErrTooLong):
		return &dsr.Error{
			Class:   dsr.Permanent,
			Reason:  dsr.ReasonMalformedAnswer,
			Message: "the answer holds a string that is too long",
			Err:     err,
		}
	default:
		return err
	}
}
