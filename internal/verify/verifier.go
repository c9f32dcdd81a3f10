package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"azureml-dsr/internal/dsr"
)

// verifier is one verification. What a mutex follows is shared by the receipts
// that are checked at once.
type verifier struct {
	evidence Evidence
	attempt  dsr.Attempt
	opts     Options

	manifest      dsr.Manifest
	manifestBytes []byte
	signature     string
	keyID         string
	request       *dsr.RequestRecord // nil: missing or changed
	plan          *dsr.Plan          // likewise
	planned       *planned           // nil: there is no deletion plan, or likewise
	tally         *tally
	named         *nameSet
	unlisted      []string
	// partsUnknown says that a part of the manifest can't be read or relied on.
	partsUnknown bool

	mu        sync.Mutex
	faults    []Fault
	documents int64
	blobs     int64
	done      int64
	lost      map[string]bool // folders of artifacts that a damaged part may have named
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
func (v *verifier) missing(name string) {
	v.named.add(name)
	v.fault(FaultMissing, name, "it is not there")
}

// count counts what was read.
func (v *verifier) count(blobs, documents int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.blobs += blobs
	v.documents += documents
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

// canceled reports whether the manifest is that of a canceled attempt.
func (v *verifier) canceled() bool { return v.manifest.Status == dsr.StatusCanceled }

func (v *verifier) report() Report {
	slices.SortFunc(v.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Detail, b.Detail))
	})
	return Report{
		RequestID: v.attempt.RequestID,
		Attempt:   v.attempt.Number,
		Manifest:  v.manifest,
		Signature: v.signature,
		KeyID:     v.keyID,
		Faults:    slices.Compact(v.faults),
		Unlisted:  v.unlisted,
		Documents: v.documents,
		Blobs:     v.blobs,
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

	return ErrNotFound
}
