package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"azureml-dsr/internal/dsr"
)

// verifier is one verification. The fields below mu are shared by the receipts that are
// checked at once.
type verifier struct {
	evidence Evidence
	attempt  dsr.Attempt
	opts     Options

	manifest      dsr.Manifest
	manifestBytes []byte
	signature     string
	keyID         string
	request       *dsr.RequestRecord // nil: it is missing or changed
	plan          *dsr.Plan          // nil: it is missing or changed
	planned       *planned           // nil: there is no deletion plan, or it is missing or changed
	tally         *tally
	named         *nameSet
	unlisted      []string
	// partsUnknown means that a part of the manifest can't be read or relied on.
	partsUnknown bool
	// costUnknown means that a part of the manifest doesn't say what its receipts cost.
	costUnknown bool

	mu        sync.Mutex
	faults    []Fault
	documents int64
	matching  int64 // documents that name the subject
	blobs     int64
	done      int64
	damaged   map[string]bool // folders whose artifacts a damaged part may have named
}

func (v *verifier) run(ctx context.Context) error {
	ok, err := v.readManifest(ctx)
	if err != nil || !ok {
		return err
	}

	for _, step := range []func(context.Context) error{
		v.checkSignature,
		v.checkRequest,
		v.checkPlan,
		v.checkPrevious,
		v.checkDeletion,
		v.checkCanceled,
		v.checkReceipts,
		v.checkOrphans,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}

	v.checkTotals()

	return nil
}

// note adds a fault to the report.
func (v *verifier) note(f Fault) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.faults = append(v.faults, f)
}

// fault notes a fault of a blob.
func (v *verifier) fault(kind FaultKind, name, format string, args ...any) {
	v.note(Fault{Kind: kind, Name: name, Detail: fmt.Sprintf(format, args...)})
}

// missing notes that a named blob does not exist. It is one fault, however many records
// name the blob.
func (v *verifier) missing(name string) {
	v.named.add(name)
	v.fault(FaultMissing, name, "it is not there")
}

// count counts blobs and documents that were read.
func (v *verifier) count(blobs, documents, matching int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.blobs += blobs
	v.documents += documents
	v.matching += matching
}

// markDamaged notes that a damaged part may have named artifacts of a folder.
func (v *verifier) markDamaged(folder string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.damaged == nil {
		v.damaged = map[string]bool{}
	}
	v.damaged[folder] = true
}

// progress counts a receipt that is checked.
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

// canceled reports whether the attempt was closed as canceled or rejected.
func (v *verifier) canceled() bool { return v.manifest.Status.Stopped() }

func (v *verifier) report() Report {
	slices.SortFunc(v.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Detail, b.Detail))
	})
	slices.Sort(v.unlisted)

	return Report{
		RequestID: v.attempt.RequestID,
		Attempt:   v.attempt.Number,
		Manifest:  v.manifest,
		Signature: v.signature,
		KeyID:     v.keyID,
		Faults:    slices.Compact(v.faults),
		Unlisted:  v.unlisted,
		Documents: v.documents,
		Matching:  v.matching,
		Personal:  v.request != nil && v.request.Subject != nil,
		Blobs:     v.blobs,
	}
}

// notThere returns what a missing manifest means: nil where other blobs show that it once
// existed, which is a fault.
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
	if v.attempt.Number == 1 { // the first attempt exists as soon as the request does
		prefix = v.attempt.RequestID + "/"
	}

	for _, err := range v.evidence.List(ctx, prefix) {
		if err == nil {
			err = ErrNotClosed
		}
		return err
	}

	return ErrNotFound
}
