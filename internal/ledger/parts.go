package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Parts writes an attempt's manifest parts from its receipts, which must come in the order
// of their names. A part is named by its hash, so two writers with the same receipts write
// the same blobs.
type Parts struct {
	ledger  *Ledger
	attempt dsr.Attempt
	refs    []dsr.ManifestPartRef
	tally   *dsr.Tally
	// last is the name, below receipts/, of the last receipt in the written parts. own is
	// the last one among them that belongs to a node and not to a sub-node.
	own, last string
	// subNodes is how many sub-nodes the receipts in the written parts name.
	subNodes int

	receipts []dsr.ReceiptRef // of the part that is being filled
	named    int              // how many sub-nodes those receipts name
	figures  *dsr.Tally       // of those receipts
}

// GoOnParts continues after parts that an earlier call wrote. It reads them again and
// checks their hashes and their order. If one of them does not match, it starts over without
// any.
func (l *Ledger) GoOnParts(ctx context.Context, a dsr.Attempt, endpoints []string, written []dsr.ManifestPartRef) (*Parts, error) {
	p := &Parts{ledger: l, attempt: a, tally: dsr.NewTally(endpoints)}
	p.begin()
	for _, ref := range written {
		took, err := p.take(ctx, ref)
		if err != nil {
			return nil, err
		}
		if !took {
			return l.GoOnParts(ctx, a, endpoints, nil)
		}
	}
	return p, nil
}

// take adopts a written part. It returns false when the part is not the next one.
func (p *Parts) take(ctx context.Context, ref dsr.ManifestPartRef) (bool, error) {
	if len(ref.SHA256) != 64 || p.attempt.Prefix()+ref.Name != p.attempt.ManifestPart(len(p.refs)+1, ref.SHA256) {
		return false, nil
	}
	body, err := p.read(ctx, ref.Name)
	if err != nil {
		return false, err
	}

	part, ok := decodePart(body)
	if !ok || hash(body) != ref.SHA256 || !p.follows(part) {
		return false, nil
	}

	p.refs = append(p.refs, partRefOf(ref.Name, ref.SHA256, part))
	p.tally.AddPart(part)
	p.moveBehind(part)
	return true, nil
}

func decodePart(body []byte) (part dsr.ManifestPart, ok bool) {
	err := json.Unmarshal(body, &part)
	return part, err == nil
}

// read returns the bytes of a stored part, or nil if it is gone.
func (p *Parts) read(ctx context.Context, name string) ([]byte, error) {
	body, _, err := p.ledger.audit.Read(ctx, p.attempt.Prefix()+name, maxRecord)
	if errors.Is(err, archive.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return body, nil
}

// follows reports whether a part can be the next one. It must have receipts, all of them
// in order after those of the earlier parts, and those of a sub-node after its node's own.
func (p *Parts) follows(part dsr.ManifestPart) bool {
	own, last := p.own, p.last
	for _, r := range part.Receipts {
		name, isReceipt := strings.CutPrefix(r.Name, "receipts/")
		mark, err := dsr.ParseReceiptMark("", name, nil, time.Time{})
		if err != nil || !isReceipt || name <= last {
			return false
		}
		node, _, isSubNode := strings.Cut(mark.Node, "~")
		if isSubNode && !strings.HasPrefix(own, node+"/") {
			return false
		}

		last = name
		if !isSubNode {
			own = name
		}
	}
	return len(part.Receipts) > 0
}

// moveBehind continues after a part.
func (p *Parts) moveBehind(part dsr.ManifestPart) {
	p.subNodes += part.SubNodes
	for _, r := range part.Receipts {
		p.last = strings.TrimPrefix(r.Name, "receipts/")
		if !strings.Contains(p.last, "~") {
			p.own = p.last
		}
	}
}

// Behind returns the position after which a survey must continue: the name of the last
// receipt in the written parts, or "" for none. If that is a sub-node's receipt, the name of
// the last receipt of its node comes first, separated by a space.
func (p *Parts) Behind() string {
	if p.own == p.last {
		return p.last
	}
	return p.own + " " + p.last
}

// NameSubNodes reports whether a receipt in the written parts names a sub-node.
func (p *Parts) NameSubNodes() bool { return p.subNodes > 0 }

// Written returns the written parts, with which GoOnParts can continue.
func (p *Parts) Written() []dsr.ManifestPartRef { return p.refs }

// Tally returns the figures of all receipts.
func (p *Parts) Tally() *dsr.Tally { return p.tally }

// Add adds receipts and writes each part that becomes full. After each part it asks enough
// whether to stop. done is false if it stopped; the next call must get the receipts after
// Behind again.
func (p *Parts) Add(ctx context.Context, receipts iter.Seq2[dsr.ReceiptMark, error], enough func() bool) (done bool, err error) {
	for r, err := range p.ledger.summaries(ctx, receipts, func() bool { return p.tally.Room() > 0 }) {
		if err != nil {
			return false, err
		}

		p.add(r)
		if len(p.receipts) < dsr.ReceiptsPerPart {
			continue
		}
		if err := p.flush(ctx); err != nil {
			return false, err
		}
		if enough() {
			return false, nil
		}
	}
	return true, nil
}

func (p *Parts) add(r summarized) {
	failures := r.failures[:min(p.tally.Room(), len(r.failures))]
	p.tally.AddSummary(r.Summary, failures)
	p.figures.AddSummary(r.Summary, failures)
	p.named += len(r.mark.SubNodes)
	p.receipts = append(p.receipts, dsr.ReceiptRef{
		Name:    relative(p.attempt, r.mark.Blob),
		SHA256:  r.sum,
		Outcome: r.Outcome,
		Parts:   r.Parts,
	})
}

// begin starts an empty part.
func (p *Parts) begin() {
	p.receipts = make([]dsr.ReceiptRef, 0, dsr.ReceiptsPerPart/10)
	p.named = 0
	p.figures = dsr.NewTally(nil)
}

// flush writes the part that is being filled, unless it is empty.
func (p *Parts) flush(ctx context.Context) error {
	if len(p.receipts) == 0 {
		return nil
	}

	part := dsr.ManifestPart{
		SchemaVersion:   dsr.SchemaVersion,
		Receipts:        p.receipts,
		Totals:          p.figures.Totals,
		Succeeded:       p.figures.Succeeded,
		Failed:          p.figures.Failed,
		Canceled:        p.figures.Canceled,
		SubNodes:        p.named,
		Failures:        p.figures.Failures,
		FailuresOmitted: p.figures.FailuresOmitted,
		Cost:            p.figures.Cost,
	}
	body, err := json.Marshal(part)
	if err != nil {
		return fmt.Errorf("encoding manifest part %d: %w", len(p.refs)+1, err)
	}

	sum := hash(body)
	name := p.attempt.ManifestPart(len(p.refs)+1, sum)
	info, err := p.ledger.audit.Create(ctx, name, body, nil)
	if err != nil {
		return fmt.Errorf("recording %s: %w", name, err)
	}
	if info.Size != int64(len(body)) || info.Metadata[dsr.MetaSHA256] != sum {
		return fmt.Errorf("%s is stored and is not what its name says: no manifest can vouch for it", name)
	}

	p.refs = append(p.refs, partRefOf(relative(p.attempt, name), sum, part))
	p.moveBehind(part)
	p.begin()

	return nil
}

func partRefOf(name, sum string, part dsr.ManifestPart) dsr.ManifestPartRef {
	ref := dsr.ManifestPartRef{Name: name, SHA256: sum, Receipts: len(part.Receipts)}
	for _, r := range part.Receipts {
		for _, p := range r.Parts {
			ref.Documents += p.Documents
		}
	}
	return ref
}

// ManifestParts reads the parts that a manifest names and yields their receipt references.
// It fails if a stored part is not the one that the manifest names.
func (l *Ledger) ManifestParts(ctx context.Context, a dsr.Attempt, refs []dsr.ManifestPartRef) iter.Seq2[dsr.ReceiptRef, error] {
	return func(yield func(dsr.ReceiptRef, error) bool) {
		for _, ref := range refs {
			part, sum, found, err := read[dsr.ManifestPart](ctx, l.audit, a.Prefix()+ref.Name)
			if err == nil && !found {
				err = fmt.Errorf("manifest part %s is not there: %w", ref.Name, archive.ErrNotFound)
			}
			if err == nil && sum != ref.SHA256 {
				err = fmt.Errorf("manifest part %s is not the one that its manifest names", ref.Name)
			}
			if err != nil {
				yield(dsr.ReceiptRef{}, err)
				return
			}

			for _, r := range part.Receipts {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}
