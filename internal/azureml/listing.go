package azureml

import (
	"io"
)

// Listing is what a page of a list says.
type Listing struct {
	// Items are the names of the elements, as they come, repeats too. A list
	// whose row has no Key names none.
	Items []string
	// Next is the cursor of the next page; empty after the last one. A page
	// without items may have one.
	Next string
}

// maxListToken is the longest string or number of a list, in bytes: jsontext
// holds one at a time.
const maxListToken = 4 << 20

// maxNameObject is the longest object by which an element is named, in bytes.
const maxNameObject = 16 << 10

// maxListNames is how long the names of a page may be together, in bytes: they are
// held, and become one record.
const maxListNames = 4 << 20

// ReadListing reads a page: {"value": […], "nextLink"} on ARM and model
// management, {…, "continuationToken"} also on experiments, or a bare array. A
// nextLink wins over a continuationToken, but where the row has a parameter of its
// own for that. Where a list is read by POST a nextLink counts for nothing: it
// can't carry the body. Only names are held, never the page.
// What isn't such a page is a permanent MalformedAnswer; an error of r comes
// back wrapped as it is.
func ReadListing(r io.Reader, e Operation) (Listing, error) {
	l := newListReader(r, e)
	if err := l.read(); err != nil {
		return Listing{}, l.failed(e, err)
	}
	return Listing{Items: l.items, Next: l.next()}, nil
}

// ReadCursor reads of a page only where it goes on; the rest may have any shape.
func ReadCursor(r io.Reader, e Operation) (string, error) {
	l := newListReader(r, e)
	l.anyShape = true
	if err := l.read(); err != nil {
		return "", l.failed(e, err)
	}
	return l.next(), nil
}
