package delivery

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/personcopy"
)

// maxDocument bounds a document in memory. A longer one is yielded cut: nobody can be found
// in it, so that it is left out and counted as unreadable.
const maxDocument = 16 << 20

// documents yields the documents of a request's attempts up to one, in the order of their
// manifests. Each part is checked against the hash that its manifest has.
func documents(l *ledger.Ledger, last dsr.Attempt) personcopy.Documents {
	return func(ctx context.Context) iter.Seq2[personcopy.Document, error] {
		return func(yield func(personcopy.Document, error) bool) {
			for p, err := range readAhead(ctx, l.Exports(), partsOf(ctx, l, last)) {
				if err == nil {
					var more bool
					more, err = p.yieldDocuments(yield)
					if !more {
						return
					}
				}
				if err != nil {
					yield(personcopy.Document{}, err)
					return
				}
			}
		}
	}
}

// partRef names a part in the exports container.
type partRef struct {
	target string
	dsr.PartRef
}

// partsOf yields the parts of the attempts up to one.
func partsOf(ctx context.Context, l *ledger.Ledger, last dsr.Attempt) iter.Seq2[partRef, error] {
	return func(yield func(partRef, error) bool) {
		for n := 1; n <= last.Number; n++ {
			a := dsr.Attempt{RequestID: last.RequestID, Number: n}
			targets, m, err := manifestOf(ctx, l, a)
			if err != nil {
				yield(partRef{}, err)
				return
			}
			for r, err := range l.ManifestParts(ctx, a, m.Parts) {
				if err != nil {
					yield(partRef{}, unvouched(err))
					return
				}
				for _, p := range r.Parts {
					p.Name = a.Prefix() + p.Name
					if !yield(partRef{targets.of(r.Name), p}, nil) {
						return
					}
				}
			}
		}
	}
}

// manifestOf returns an attempt's manifest, and where its nodes read.
func manifestOf(ctx context.Context, l *ledger.Ledger, a dsr.Attempt) (targets, dsr.Manifest, error) {
	m, _, closed, err := l.Manifest(ctx, a)
	if err == nil && !closed {
		err = damaged("attempt %d has no manifest", a.Number)
	}
	if err != nil {
		return nil, m, err
	}
	plan, found, err := l.Plan(ctx, a)
	if err == nil && !found {
		err = damaged("attempt %d has no plan", a.Number)
	}
	if err != nil {
		return nil, m, err
	}

	out := targets{}
	for _, n := range plan.Nodes {
		out[n.Number] = n.Target
	}
	return out, m, nil
}

// targets are the ARM ids of what the nodes of a plan read, by their numbers.
type targets map[int]string

// of returns what was read for a receipt, by its name.
func (t targets) of(receipt string) string {
	node, _, _ := strings.Cut(strings.TrimPrefix(receipt, "receipts/"), "/")
	n, _, _ := dsr.SplitNode(node) // 0, which no node has, where it is none
	return t[n]
}

// damaged is the error of evidence that is not as it was written. No later try can succeed.
func damaged(format string, args ...any) error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonCopyFailed, format+"; `dsr verify` shows what is wrong with the evidence", args...)
}

// unvouched makes the error of a manifest part that is missing or changed permanent. Failures
// of storage keep their class.
func unvouched(err error) error {
	if dsr.ClassOf(err) != dsr.Unclear || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return damaged("a part of the manifest is missing or changed")
}

// yieldDocuments yields the documents of a part. It fails if the part is not what its
// manifest vouches for. more reports whether the caller wants to go on.
func (p *aheadPart) yieldDocuments(yield func(personcopy.Document, error) bool) (more bool, err error) {
	body, err := p.open()
	if err != nil {
		return true, err
	}
	defer body.Close()

	hash := sha256.New()
	read := io.TeeReader(body, hash)
	var doc []byte
	hold := func(_ string, r io.Reader) (err error) {
		doc, err = io.ReadAll(io.LimitReader(r, maxDocument))
		return err
	}
	for e, err := range archive.ReadEntries(read, hold) {
		if err != nil {
			return true, p.readError(err)
		}
		if !e.HasDocument {
			continue
		}
		d := personcopy.Document{
			Endpoint:    e.Endpoint,
			Target:      p.ref.target,
			Item:        e.Item,
			RetrievedAt: e.RetrievedAt,
			Body:        bytes.Clone(doc),
			Content:     e.Content,
		}
		if !yield(d, nil) {
			return false, nil
		}
	}

	if _, err := io.Copy(io.Discard, read); err != nil {
		return true, p.readError(err)
	}
	if hex.EncodeToString(hash.Sum(nil)) != p.ref.SHA256 {
		return true, damaged("a part of the archive has changed")
	}
	return true, nil
}

// readError classifies the error of a part that could not be read to its end.
func (p *aheadPart) readError(err error) error {
	if errors.Is(err, document.ErrMalformed) || errors.Is(err, archive.ErrNoPart) {
		return damaged("a part of the archive is not what was written")
	}
	return fmt.Errorf("reading %s: %w", p.ref.Name, err)
}
