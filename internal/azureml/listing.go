package azureml

import (
	"bytes"
	"io"
	"slices"
	"strings"
)

// Listing is what a page of a list says.
type Listing struct {
	// Items are the names of the elements in their order, with repeats. A list whose
	// row has no Key has none.
	Items []string
	// Next is the cursor of the next page; empty after the last one. A page
	// without items may have one.
	Next string
}

// maxListToken is how many bytes a string or number of a list may have: jsontext holds
// one at a time.
const maxListToken = 4 << 20

// maxNameObject is how many bytes an object that names an element may have.
const maxNameObject = 16 << 10

// maxListNames is how many bytes the names of a page may have together: they are held,
// and become one record.
const maxListNames = 4 << 20

// ReadListing reads a page. That is an object with value and nextLink (ARM and model
// management) or continuationToken (experiments too), or a bare array. It holds the
// names, never the page.
//
// A list whose Token is lastID has data in the place of value, and goes on behind its
// last_id while has_more is true.
//
// A nextLink goes before a continuationToken, except where the row names a parameter
// for the token. Of a list that is read by POST, a nextLink is ignored, since it can't
// carry the body.
//
// Anything else is a permanent MalformedAnswer. An error of r is wrapped.
func ReadListing(r io.Reader, op Operation) (Listing, error) {
	l := newListReader(r, op)
	if err := l.read(); err != nil {
		return Listing{}, l.failed(op, err)
	}
	return Listing{Items: l.items, Next: l.next()}, nil
}

// NameOf returns the name of one element of a list, as ReadListing does; "" where the row has
// no Key.
func NameOf(element []byte, op Operation) (string, error) {
	l := newListReader(bytes.NewReader(slices.Concat([]byte("["), element, []byte("]"))), op)
	if err := l.read(); err != nil {
		return "", l.failed(op, err)
	}
	return strings.Join(l.items, ""), nil
}

// ReadCursor reads only the cursor of a page, as ReadListing does. The elements may have
// any shape, or be missing.
func ReadCursor(r io.Reader, op Operation) (string, error) {
	l := newListReader(r, op)
	l.anyShape = true
	if err := l.read(); err != nil {
		return "", l.failed(op, err)
	}
	return l.next(), nil
}
