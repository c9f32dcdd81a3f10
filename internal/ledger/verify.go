package ledger

import (
	"cmp"
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// ErrNotClosed means that an attempt has no manifest yet: there is nothing that
// its blobs could be held against.
var ErrNotClosed = errors.New("not closed yet")

// ErrIrregular means that something stands under a blob's name that is no blob,
// such as a symbolic link in a folder.
var ErrIrregular = errors.New("not a regular file")

// Evidence is one request's blobs, both containers in one tree. Names are those
// of the containers: "{requestId}/1/manifest.json", "{requestId}/1/data/…".
type Evidence interface {
	// Open reads a blob; archive.ErrNotFound, ErrIrregular.
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

// VerifyOptions are all optional; nil means none of them.
type VerifyOptions struct {
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
// every fault, not the first. It reads only what was written and calls nobody.
// Its memory holds at most one manifest part and, of each blob, eight bytes.
//
// The error is ErrNotClosed for an attempt without a manifest,
// archive.ErrNotFound where nothing of the request is there, and otherwise that
// the evidence could not be read; a fault is not an error.
func Verify(ctx context.Context, e Evidence, a dsr.Attempt, opts *VerifyOptions) (Report, error) {
	if opts == nil {
		opts = &VerifyOptions{}
	}
	v := &verifier{evidence: e, attempt: a, opts: *opts, named: newNameSet()}
	if err := v.run(ctx); err != nil {
		return Report{}, fmt.Errorf("verifying attempt %d of request %s: %w", a.Number, a.RequestID, err)
	}
	return v.finish(), nil
}

// verifier is one verification. What a mutex follows is shared by the receipts
// that are checked at once.
type verifier struct {
	evidence Evidence
	attempt  dsr.Attempt
	opts     VerifyOptions

	manifest      dsr.Manifest
	manifestBytes []byte
	signature     string
	keyID         string
	request       *dsr.RequestRecord // nil: missing or changed
	plan          *dsr.Plan          // likewise
	tally         *dsr.Tally
	named         *nameSet
	unlisted      []string
	// partsUnknown says that a part of the manifest can't be read or relied on.
	partsUnknown bool

	mu        sync.Mutex
	faults    []Fault
	documents int64
	blobs     int64
	done      int64
	doubtful  bool            // a receipt could not be counted: totals prove nothing
	lost      map[string]bool // folders of artifacts that a damaged part may have named
}

func (v *verifier) run(ctx context.Context) error {
	ok, err := v.readManifest(ctx)
	if err != nil || !ok {
		return err
	}
	for _, step := range []func(context.Context) error{
		v.checkSignature, v.checkRequest, v.checkPlan, v.checkPrevious, v.checkDeletion, v.checkCanceled, v.checkReceipts, v.checkStray,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	v.checkTotals()
	return nil
}

// note notes a fault.
func (v *verifier) note(f Fault) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.faults = append(v.faults, f)
}

// fault notes something wrong with a blob.
func (v *verifier) fault(kind FaultKind, name, format string, args ...any) {
	v.note(Fault{Kind: kind, Name: name, Detail: fmt.Sprintf(format, args...)})
}

// missing notes a blob that is named and not there. However many name it, it is
// one fault.
func (v *verifier) missing(name string) { v.fault(FaultMissing, name, "it is not there") }

// count counts what was read.
func (v *verifier) count(blobs, documents int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.blobs += blobs
	v.documents += documents
}

// doubt says that a receipt could not be counted.
func (v *verifier) doubt() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.doubtful = true
}

// lose says that a damaged part may have named artifacts of a folder.
func (v *verifier) lose(folder string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.lost == nil {
		v.lost = map[string]bool{}
	}
	v.lost[folder] = true
}

// progress counts a receipt that is done.
func (v *verifier) progress() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.done++
	if v.opts.Progress == nil {
		return
	}
	total := int64(0)
	for _, p := range v.manifest.Parts {
		total += int64(p.Receipts)
	}
	v.opts.Progress(v.done, total)
}

func (v *verifier) canceled() bool { return v.manifest.Status == dsr.StatusCanceled }

func (v *verifier) finish() Report {
	slices.SortFunc(v.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Detail, b.Detail))
	})
	return Report{
		RequestID: v.attempt.RequestID, Attempt: v.attempt.Number, Manifest: v.manifest,
		Signature: v.signature, KeyID: v.keyID, Faults: slices.Compact(v.faults), Unlisted: v.unlisted,
		Documents: v.documents, Blobs: v.blobs,
	}
}

// notThere decides what a missing manifest means.
func (v *verifier) notThere(ctx context.Context) error {
	for _, prefix := range []string{v.attempt.Prefix() + manifestFolder, v.attempt.Signature()} {
		for _, err := range v.evidence.List(ctx, prefix) {
			if err == nil {
				v.missing(v.attempt.Manifest())
			}
			return err
		}
	}
	prefix := v.attempt.Prefix()
	if v.attempt.Number == 1 { // it is there as soon as the request is
		prefix = v.attempt.RequestID + "/"
	}
	for _, err := range v.evidence.List(ctx, prefix) {
		if err == nil {
			err = ErrNotClosed
		}
		return err
	}
	return archive.ErrNotFound
}
