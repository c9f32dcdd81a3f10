package personcopy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

var (
	// ErrOpen means that a request is not closed yet.
	ErrOpen = errors.New("the request is not closed yet")
	// ErrDeletes means that a request only deletes, and has no documents to copy.
	ErrDeletes = errors.New("the request deletes and has no documents")
	// ErrRemoved means that the documents of a request were removed after their retention.
	ErrRemoved = errors.New("the documents of the request are not stored any more")
	// ErrDamaged means that stored documents are not those that the manifest vouches for.
	ErrDamaged = errors.New("what is stored is not what the manifest vouches for")
)

// maxDocument bounds a document in memory. A longer one is left out as unreadable.
const maxDocument = 16 << 20

// OrderOf returns the order for the copy of a request, and the documents that the copy is made
// from. They are those that all attempts up to last have stored, in the order of their
// manifests. The caller decides whether the status is good enough, and adds contact, signer and
// progress.
func OrderOf(ctx context.Context, records *ledger.Ledger, last dsr.Attempt) (Order, Documents, error) {
	request, found, err := records.Request(ctx, last.RequestID)
	switch {
	case err != nil:
		return Order{}, nil, err
	case !found:
		return Order{}, nil, ErrOpen
	case request.Kind == dsr.KindDelete:
		return Order{}, nil, ErrDeletes
	case request.Subject == nil:
		return Order{}, nil, ErrNoSubject
	}

	manifest, _, closed, err := records.Manifest(ctx, last)
	if err == nil && !closed {
		err = ErrOpen
	}
	if err != nil {
		return Order{}, nil, err
	}
	subject, found, err := records.SubjectRecord(ctx, last.RequestID)
	if err == nil && !found {
		err = ErrRemoved
	}
	if err != nil {
		return Order{}, nil, err
	}

	return Order{
		RequestID:   last.RequestID,
		Subject:     subject.Subject,
		Status:      manifest.Status,
		SubmittedAt: request.SubmittedAt,
		ClosedAt:    manifest.ClosedAt,
		Failures:    len(manifest.Failures) + manifest.FailuresOmitted,
		Left:        leftOf(manifest),
		NotCovered:  manifest.NotCovered,
	}, archived{records}.upTo(last), nil
}

// leftOf counts what a manifest says was looked through and not kept.
func leftOf(m dsr.Manifest) (n int64) {
	for id, counts := range m.Totals {
		if row, known := azureml.Find(id); known && row.Same == "" {
			n += counts.Left
		}
	}
	return n
}

// archived reads documents from the archive.
type archived struct{ records *ledger.Ledger }

// upTo returns the documents of all attempts up to the last one.
func (a archived) upTo(last dsr.Attempt) Documents {
	return func(ctx context.Context, from string) iter.Seq2[Document, error] {
		return func(yield func(Document, error) bool) {
			r := reading{archived: a, from: from, yield: func(d Document) bool { return yield(d, nil) }}
			for n := 1; n <= last.Number; n++ {
				err := r.attempt(ctx, dsr.Attempt{RequestID: last.RequestID, Number: n})
				if errors.Is(err, errStop) {
					return
				}
				if err != nil {
					yield(Document{}, err)
					return
				}
			}
			if r.from != "" {
				yield(Document{}, fmt.Errorf("%w: it has no part %s", ErrDamaged, from))
			}
		}
	}
}

// errStop ends the reading when nobody wants more.
var errStop = errors.New("stop")

// reading is one reading of the documents.
type reading struct {
	archived
	from  string // the part to begin with; "" once it is found
	yield func(Document) bool
}

// attempt yields the documents of an attempt. An attempt that was never closed has none.
func (r *reading) attempt(ctx context.Context, of dsr.Attempt) error {
	manifest, _, closed, err := r.records.Manifest(ctx, of)
	if err != nil || !closed {
		return err
	}
	plan, found, err := r.records.Plan(ctx, of)
	if err != nil || !found {
		return err
	}
	nodes := make(map[int]dsr.Node, len(plan.Nodes))
	for _, n := range plan.Nodes {
		nodes[n.Number] = n
	}

	ctx, parts := newAhead(ctx, r.archived)
	defer parts.close()

	for receipt, err := range r.records.ManifestParts(ctx, of, manifest.Parts) {
		if err != nil {
			return err
		}
		node, err := nodeOf(nodes, receipt.Name)
		if err != nil {
			return err
		}
		if node.Waits() {
			continue // it deletes, or reads again what an export has stored
		}
		for _, ref := range receipt.Parts {
			p := storedPart{of, ref, node.Target}
			if r.isPassed(p) {
				continue
			}
			parts.add(ctx, p)
			if !parts.isFull() {
				continue
			}
			if err := r.next(ctx, parts); err != nil {
				return err
			}
		}
	}

	for len(parts.waiting) > 0 {
		if err := r.next(ctx, parts); err != nil {
			return err
		}
	}
	return nil
}

// isPassed reports whether a part comes before the one to begin with.
func (r *reading) isPassed(p storedPart) bool {
	if r.from == p.name() {
		r.from = ""
	}
	return r.from != ""
}

// nodeOf returns the node whose receipt has a name.
func nodeOf(nodes map[int]dsr.Node, receipt string) (dsr.Node, error) {
	name, _, _ := strings.Cut(strings.TrimPrefix(receipt, "receipts/"), "/")
	number, _, err := dsr.SplitNode(name)
	node, planned := nodes[number]
	if err != nil || !planned {
		return dsr.Node{}, fmt.Errorf("%w: receipt %s is of no planned node", ErrDamaged, receipt)
	}
	return node, nil
}

// open opens a part.
func (a archived) open(ctx context.Context, p storedPart) (io.ReadCloser, error) {
	name := p.of.Prefix() + p.ref.Name
	body, _, err := a.records.Exports().Backend().Open(ctx, name, 0)
	if errors.Is(err, archive.ErrNotFound) {
		return nil, fmt.Errorf("%w: %s", ErrRemoved, name)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return body, nil
}

// next yields the documents of the next part, and checks the part's hash.
func (r *reading) next(ctx context.Context, parts *ahead) error {
	p, body, err := parts.take(ctx)
	if err != nil {
		return err
	}
	defer body.Close()

	return r.part(p, body)
}

// part yields the documents of a part, and checks the part's hash.
func (r *reading) part(p storedPart, body io.Reader) error {
	name := p.of.Prefix() + p.ref.Name
	hash := sha256.New()
	stored := io.TeeReader(body, hash)
	var doc []byte
	keep := func(_ string, r io.Reader) (err error) {
		doc, err = io.ReadAll(io.LimitReader(r, maxDocument+1))
		if len(doc) > maxDocument {
			doc = nil
		}
		return err
	}
	at := -1
	for e, err := range archive.ReadEntries(stored, keep) {
		at++
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		if _, known := azureml.Find(e.Endpoint); !known || !e.HasDocument {
			continue
		}
		more := r.yield(Document{
			Endpoint:    e.Endpoint,
			Target:      p.target,
			Item:        e.Item,
			RetrievedAt: e.RetrievedAt,
			Body:        doc,
			Content:     e.Content,
			Open:        r.opener(p.of, e.Content),
			Part:        p.name(),
			Entry:       at,
		})
		if !more {
			return errStop
		}
	}

	if _, err := io.Copy(io.Discard, stored); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	if hex.EncodeToString(hash.Sum(nil)) != p.ref.SHA256 {
		return fmt.Errorf("%w: %s", ErrDamaged, name)
	}

	return nil
}

// opener returns what opens the file that a document describes, nil for none.
func (a archived) opener(of dsr.Attempt, content *dsr.Content) func(context.Context) (io.ReadCloser, error) {
	if content == nil {
		return nil
	}
	return func(ctx context.Context) (io.ReadCloser, error) {
		body, _, err := a.records.Exports().Backend().Open(ctx, of.Prefix()+content.Name, 0)
		if errors.Is(err, archive.ErrNotFound) {
			return nil, fmt.Errorf("%w: %s", ErrRemoved, of.Prefix()+content.Name)
		}
		return body, err
	}
}
