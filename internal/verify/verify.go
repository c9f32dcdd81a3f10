// Package verify checks a closed attempt against what was stored of it. It reads only what
// was written and calls no service. It has its own code to read parts, and to derive what
// pages and parts imply, so that it does not repeat a fault of the code that wrote the
// evidence.
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
	// ErrNotClosed means that an attempt has no manifest yet, so that there is nothing
	// to check its blobs against.
	ErrNotClosed = errors.New("not closed yet")
	// ErrIrregular means that something else than a blob has a blob's name, such as a
	// symbolic link in a folder.
	ErrIrregular = errors.New("not a regular file")
)

// Evidence has one request's blobs of both containers in one tree. Names are those of the
// containers: "{requestId}/1/manifest.json", "{requestId}/1/data/…".
type Evidence interface {
	// Open reads a blob. The error may be ErrNotFound or ErrIrregular.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// List yields the names below a prefix in byte order.
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
}

// FaultKind is what is wrong with a blob.
type FaultKind string

// Kinds of fault.
const (
	FaultMissing      FaultKind = "missing"      // something names it, and it does not exist
	FaultChanged      FaultKind = "changed"      // it has other bytes than those vouched for
	FaultForeign      FaultKind = "foreign"      // nothing names it
	FaultMalformed    FaultKind = "malformed"    // it is not what a blob of its name contains
	FaultInconsistent FaultKind = "inconsistent" // it contradicts what it should follow from
)

// Fault is one thing that is wrong with one blob.
type Fault struct {
	Kind   FaultKind `json:"kind"`
	Name   string    `json:"name"`   // full name of the blob
	Detail string    `json:"detail"` // an explanation, without content of the blob
}

// Results of checking a manifest's signature.
const (
	Unsigned  = "unsigned"  // there is none: a fault if a key was given
	Valid     = "valid"     // by the given key that it names
	Invalid   = "invalid"   // not by a given key, or unreadable: a fault
	Unchecked = "unchecked" // there is one, and no key was given
)

// Report is the result of verifying an attempt.
type Report struct {
	RequestID string
	Attempt   int
	Manifest  dsr.Manifest
	Signature string   // Unsigned, Valid, Invalid or Unchecked
	KeyID     string   // of the key that signed, as manifest.sig names it
	Faults    []Fault  // in order of name
	Unlisted  []string // blobs that nothing vouches for, which is no fault of theirs, in order of name
	Documents int64    // documents in the parts that were read
	Matching  int64    // those of them that name the subject
	Personal  bool     // the request names a subject
	Blobs     int64    // blobs whose bytes were read
}

// Options are all optional. nil is the same as the zero Options.
type Options struct {
	// Progress is called with how many of the manifest's receipts are checked, never
	// concurrently. Default: no progress is reported.
	Progress func(done, total int64)
	// Keys are the public keys of which one should have signed the manifest; its
	// signature says by keyId which. Default: a signature is not checked.
	Keys []crypto.PublicKey
	// Rows are the rows that totals may have without a count. Default: any.
	Rows []string
	// Same maps a row of the catalogue that repeats another's figures to that row.
	Same map[string]string
}

// Verify reads everything that an attempt's manifest vouches for, directly or through
// parts, receipts and pages. It derives again what follows from it, and reports all faults.
// Besides the report and the plan it keeps in memory one manifest part, the records that it
// reads at once, eight bytes for each name and for each thing that was planned to be
// deleted, and a number for each page of these.
//
// The error is ErrNotClosed for an attempt without a manifest, and ErrNotFound where
// nothing of the request exists. Any other error means that the evidence could not be read.
// A fault is no error.
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
