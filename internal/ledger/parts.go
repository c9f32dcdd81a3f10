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

// Parts writes an attempt's manifest parts from its receipts, given in the order of
// their names. Parts are named by their content, so whoever writes them from the
// same receipts writes the same.
type Parts struct {
	ledger  *Ledger
	attempt dsr.Attempt
	refs    []dsr.ManifestPartRef
	tally   *dsr.Tally
	// own and last are the last receipt of a node's own and the last of all that
	// written parts hold, below receipts/.
	own, last string
	// subNodes is how many sub-nodes the receipts in written parts name.
	subNodes int

	receipts []dsr.ReceiptRef // of the part that is being filled
	named    int              // how many sub-nodes they name
	figures  *dsr.Tally       // of them
}

// GoOnParts goes on behind parts that were written before. They are read again and
// held against their hashes: where one is not what was written, or not the next one,
// the writing begins again.
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

// take takes over a part that is written; false when it is not the next one.
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
	p.pass(part)

	return true, nil
}

func decodePart(body []byte) (part dsr.ManifestPart, ok bool) {
	err := json.Unmarshal(body, &part)
	return part, err == nil
}

// read returns what is stored of a part; nil where it is gone.
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

// follows reports whether a part has receipts, all behind those of the parts before,
// and those of sub-nodes behind their node's own.
func (p *Parts) follows(part dsr.ManifestPart) bool {
	own, last := p.own, p.last
	for _, r := range part.Receipts {
		name, below := strings.CutPrefix(r.Name, "receipts/")
		mark, err := dsr.ParseReceiptMark("", name, nil, time.Time{})
		if err != nil || !below || name <= last {
			return false
		}
		node, _, isSubNode := strings.Cut(mark.Node, "~")
		if isSubNode && !strings.HasPrefix(own, node+"/") {
			return false
		}

		if last = name; !isSubNode {
			own = name
		}
	}
	return len(part.Receipts) > 0
}

// pass moves on behind a part.
func (p *Parts) pass(part dsr.ManifestPart) {
	p.subNodes += part.SubNodes
	for _, r := range part.Receipts {
		p.last = strings.TrimPrefix(r.Name, "receipts/")
		if !strings.Contains(p.last, "~") {
			p.own = p.last
		}
	}
}

// Behind names the last receipt that a part holds, for a survey to go on behind; ""
// for none. Before a sub-node's it names the last one of its node's own.
func (p *Parts) Behind() string {
	if p.own == p.last {
		return p.last
	}
	return p.own + " " + p.last
}

// NameSubNodes reports whether a receipt that a part holds names a sub-node.
func (p *Parts) NameSubNodes() bool { return p.subNodes > 0 }

// Written returns the parts that are full, by which another can go on.
func (p *Parts) Written() []dsr.ManifestPartRef { return p.refs }

// Tally returns the figures of all receipts.
func (p *Parts) Tally() *dsr.Tally { return p.tally }

// Add adds receipts and writes each part that becomes full. False when enough says
// that it must go on later; what no part holds is given again then.
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

func (p *Parts) begin() {
	p.receipts, p.named = make([]dsr.ReceiptRef, 0, dsr.ReceiptsPerPart/10), 0
	p.figures = dsr.NewTally(nil)
}

// flush writes the part that is being filled, if there is anything in it.
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
	p.pass(part)
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

// ManifestParts reads the parts that a manifest names and yields what they say of
// receipts. A part that is not what the manifest names is an error.
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
