package export

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

const (
	// heldPage is the longest page of a list whose items have children, in bytes: it
	// is held, for they are asked for by its items.
	heldPage = 16 << 20
	// maxBelow is how many items may hang below those of one page. A page that has
	// more is refused, in place of being taken for complete.
	maxBelow = 20_000
)

// descent follows a page of a list down to the items that hang on its items, and
// keeps every answer on the way: all of them make the page.
type descent struct {
	worker  *Worker
	part    *archive.PartWriter
	job     task.Job
	row     azureml.Endpoint // of children
	options document.Options

	mu    sync.Mutex
	seen  map[string]bool
	level []string // the items that are to be looked below next
}

// from keeps the page itself and then what is below it, level by level. An item
// that is met twice is followed once.
func (d *descent) from(ctx context.Context, call azureml.Call, page *azureml.Answer) error {
	d.seen = map[string]bool{}
	if err := d.keep(call, "", page); err != nil {
		return err
	}
	for len(d.level) > 0 {
		items := d.level
		d.level = nil
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(itemsAtOnce)
		for _, item := range items {
			g.Go(dsr.Guard(func() error { return d.below(gctx, item) }))
		}
		if err := g.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// below keeps the pages of one item's children. One that is gone has none any more.
func (d *descent) below(ctx context.Context, item string) error {
	call := azureml.Call{Endpoint: d.row, Target: d.job.Target, Item: item}
	var walk dsr.Walk
	for range maxPages {
		answer, err := d.worker.upstream.Get(ctx, call)
		if dsr.StatusOf(err) == http.StatusNotFound {
			url, _ := d.worker.upstream.URL(call)
			return d.part.Add(dsr.Entry{Endpoint: d.row.ID, Item: item, URL: url, Status: http.StatusNotFound, RetrievedAt: time.Now().UTC()}, nil)
		}
		if err != nil {
			return err
		}
		next, err := d.page(call, item, answer)
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

func (d *descent) keep(call azureml.Call, item string, answer *azureml.Answer) error {
	_, err := d.page(call, item, answer)
	return err
}

// page keeps one answer and notes what is to be looked below.
func (d *descent) page(call azureml.Call, item string, answer *azureml.Answer) (next string, err error) {
	body, err := io.ReadAll(io.LimitReader(answer.Body, heldPage))
	_ = answer.Body.Close() // read to the end, or more than is of use
	if err != nil {
		return "", broken(err)
	}
	if len(body) == heldPage {
		return "", dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: a page is too long", call.Endpoint.ID)
	}
	listing, err := azureml.ReadListing(bytes.NewReader(body), call.Endpoint)
	if err != nil {
		return "", err
	}
	if err := d.note(call.Endpoint.ID, listing.Items); err != nil {
		return "", err
	}
	options := d.options
	options.Secrets = call.Endpoint.DocumentSecrets()
	doc, result, err := document.CopyHeld(body, options)
	if err != nil {
		return "", broken(err)
	}
	return listing.Next, d.part.Add(entryOf(call, item, answer), func(w io.Writer) (document.Result, error) {
		_, err := w.Write(doc)
		return result, err
	})
}

func (d *descent) note(endpoint string, items []string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, item := range items {
		if d.seen[item] {
			continue
		}
		d.seen[item] = true
		d.level = append(d.level, item)
	}
	if len(d.seen) > maxBelow {
		return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: more than %d items hang below one page", endpoint, maxBelow)
	}
	return nil
}
