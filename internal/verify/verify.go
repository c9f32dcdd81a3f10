// Package verify holds a closed attempt against what was stored of it. It reads
// only what was written and calls nobody. How a part is read, and what pages and
// parts imply, it derives by code of its own: a fault of those who wrote the
// evidence is not repeated here.
package verify

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"iter"

	"azureml-dsr/internal/dsr"
)

var (
	// ErrNotFound means that no blob has the name.
	ErrNotFound = errors.New("no such blob")
	// ErrNotClosed means that an attempt has no manifest yet: there is nothing
	// that its blobs could be held against.
	ErrNotClosed = errors.New("not closed yet")
	// ErrIrregular means that something stands under a blob's name that is no
	// blob, such as a symbolic link in a folder.
	ErrIrregular = errors.New("not a regular file")
)

// Evidence is one request's blobs, both containers in one tree. Names are those
// of the containers: "{requestId}/1/manifest.json", "{requestId}/1/data/…".
type Evidence interface {
	// Open reads a blob; ErrNotFound, ErrIrregular.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// List yields the names below a prefix in byte order.
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
}

// FaultKind says what is wrong.
type FaultKind string

// Kinds of fault.
const (
	FaultMissing      FaultKind = "missing"      // named and not there
	FaultChanged      FaultKind = "changed"      // other bytes than those vouched for
	FaultForeign      FaultKind = "foreign"      // there and named by nothing
	FaultMalformed    FaultKind = "malformed"    // not what a blob of its name holds
	FaultInconsistent FaultKind = "inconsistent" // contradicts what it follows from
)

// Fault is one thing that is wrong with one blob.
type Fault struct {
	Kind   FaultKind `json:"kind"`
	Name   string    `json:"name"`   // of the blob, in full
	Detail string    `json:"detail"` // our own words, no content
}

// What a report says of a manifest's signature.
const (
	Unsigned  = "unsigned"  // there is none
	Valid     = "valid"     // the given key's
	Invalid   = "invalid"   // not the given key's, or unreadable: a fault
	Unchecked = "unchecked" // there is one, and no key was given
)

// Report is what verification found.
type Report struct {
	RequestID string
	Attempt   int
	Manifest  dsr.Manifest
	Signature string   // Unsigned, Valid, Invalid or Unchecked
	KeyID     string   // of the key that signed, as manifest.sig names it
	Faults    []Fault  // in order of name
	Unlisted  []string // blobs that nothing vouches for, where that is no fault
	Documents int64    // documents in the parts that were read
	Blobs     int64    // blobs whose bytes were read
}

// Options are all optional; nil means none of them.
type Options struct {
	// Progress is told how many of the manifest's receipts are done. It is never
	// called twice at a time.
	Progress func(done, total int64)
	// Key is the public key that the manifest should be signed with.
	Key crypto.PublicKey
	// Same maps a row of the catalogue that repeats another's figures to that row.
	Same map[string]string
}

// Verify reads all that an attempt's manifest vouches for, directly or through
// parts, receipts and pages, derives again what follows from it, and reports
// every fault, not the first. Beside the report and the plan its memory holds one
// manifest part, the records that are read at once, eight bytes of each name and of
// each thing that was planned to be deleted, and a number for each page of these.
//
// The error is ErrNotClosed for an attempt without a manifest, ErrNotFound where
// nothing of the request is there, and otherwise that the evidence could not be
// read; a fault is not an error.
func Verify(ctx context.Context, e Evidence, a dsr.Attempt, opts *Options) (Report, error) {
	if opts == nil {
		opts = &Options{}
	}

	v := &verifier{
		evidence: e,
		attempt:  a,
		opts:     *opts,
		named:    newNameSet(),
		tally:    newTally(),
	}

	if err := v.run(ctx); err != nil {
		return Report{}, fmt.Errorf("verifying attempt %d of request %s: %w", a.Number, a.RequestID, err)
	}

	return v.report(), nil
}
