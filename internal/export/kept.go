package export

import (
	"context"
	"fmt"
	"io"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// kept is how far the calls have come that the stretches of a part hold.
type kept map[keptKey]*keptCall

// keptKey names a call by its row and by the item of its entry.
type keptKey struct{ row, item string }

// keptCall is how far a call has come. One that answers page by page may go on.
type keptCall struct {
	pages int
	items []string // named by the pages
	next  string   // the cursor of the page after them; "" where there is none
}

// of returns how far a call has come; false where it was not made yet.
func (k kept) of(row azureml.Operation, item string) (keptCall, bool) {
	c, ok := k[keptKey{row.ID, item}]
	if !ok {
		return keptCall{}, false
	}
	return *c, true
}

// load notes what the stored stretches hold.
func (d *draft) load(ctx context.Context) error {
	backend := d.archive.Backend()
	for info, err := range backend.List(ctx, dsr.StretchPrefix(d.name), "") {
		if err != nil {
			return fmt.Errorf("listing the stretches of a part: %w", err)
		}
		if info.Name != d.next() {
			return dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "stretch %d of a part is not where it should be", d.stretches+1)
		}
		if err := d.read(ctx, info.Name); err != nil {
			return err
		}

		d.stretches++
	}
	return nil
}

// read notes what one stretch holds.
func (d *draft) read(ctx context.Context, name string) error {
	body, _, err := d.archive.Backend().Open(ctx, name, 0)
	if err != nil {
		return fmt.Errorf("reading a stretch: %w", err)
	}
	defer body.Close()

	var page azureml.Listing // of the entry that is being read
	entries := archive.ReadEntries(body, func(endpoint string, doc io.Reader) (err error) {
		page, err = pageIn(endpoint, doc)
		return err
	})
	for e, err := range entries {
		if err != nil {
			return fmt.Errorf("reading a stretch: %w", err)
		}
		d.kept.note(e.Endpoint, e.Item, page)
		page = azureml.Listing{}
	}

	return nil
}

// pageIn reads the items and the cursor in a kept document; none where its row has no
// pages.
func pageIn(endpoint string, doc io.Reader) (page azureml.Listing, err error) {
	row, _ := azureml.Find(endpoint)
	switch {
	case row.Paged:
		page.Next, err = azureml.ReadCursor(doc, row)
	case row.IsList():
		page, err = azureml.ReadListing(doc, row)
	}
	return page, err
}

func (k kept) note(row, item string, page azureml.Listing) {
	key := keptKey{row, item}
	c := k[key]
	if c == nil {
		c = &keptCall{}
		k[key] = c
	}
	c.pages++
	c.items = append(c.items, page.Items...)
	c.next = page.Next
}
