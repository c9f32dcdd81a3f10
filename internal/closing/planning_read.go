package closing

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/survey"
)

// partReads is how many tasks' parts are read at once and held in memory.
const partReads = 8

// errNotThere means that planning cannot continue where it stopped and must start from
// nothing.
var errNotThere = errors.New("planning had stopped there, and it is not listed")

// readTask is a completed read task, with the entries that a phase needs.
type readTask struct {
	blob    string // its receipt
	node    dsr.Node
	typ     string
	receipt dsr.Receipt
	entries []dsr.Entry
}

// batches yields the tasks that a phase needs, in order, from where it stopped.
func (p *planning) batches(ctx context.Context, ph phase) iter.Seq2[[]readTask, error] {
	return func(yield func([]readTask, error) bool) {
		batch := make([]readTask, 0, partReads)
		for r, err := range p.Ledger.Receipts(ctx, p.attempt(), p.marks(ctx, ph)) {
			if err != nil {
				yield(nil, err)
				return
			}
			t, err := p.taskOf(r)
			if err != nil {
				yield(nil, err)
				return
			}
			if batch = append(batch, t); len(batch) < partReads {
				continue
			}
			if err := p.readParts(ctx, ph, batch); !yield(batch, err) || err != nil {
				return
			}

			batch = batch[:0]
		}

		if len(batch) > 0 {
			yield(batch, p.readParts(ctx, ph, batch))
		}
	}
}

// marks lists the receipts that a phase needs, after the last one that it took.
func (p *planning) marks(ctx context.Context, ph phase) iter.Seq2[dsr.ReceiptMark, error] {
	after := p.progress.After
	return func(yield func(dsr.ReceiptMark, error) bool) {
		passed := after == ""
		for m, err := range survey.Complete(ctx, p.Ledger, p.plan.Reading()) {
			switch {
			case err != nil:
				yield(m, err)
				return
			case !passed:
				passed = m.Blob == after
			case !ph.counts && !ph.reads(m.Type):
			case !yield(m, nil):
				return
			}
		}

		if !passed {
			yield(dsr.ReceiptMark{}, fmt.Errorf("planning a deletion: receipt %s: %w", after, errNotThere))
		}
	}
}

func (p *planning) taskOf(r ledger.ReadReceipt) (readTask, error) {
	number, _, err := dsr.SplitNode(r.Task.Node)
	if err != nil {
		return readTask{}, err
	}
	n, _ := p.plan.Node(number) // a survey names only nodes of the plan
	return readTask{
		blob:    r.Task.ReceiptBlob(),
		node:    n,
		typ:     r.Task.Type,
		receipt: r.Receipt,
	}, nil
}

// readParts reads the entries that a phase needs of a batch.
func (p *planning) readParts(ctx context.Context, ph phase, batch []readTask) error {
	g, gctx := errgroup.WithContext(ctx)
	for i := range batch {
		if !ph.reads(batch[i].typ) {
			continue
		}

		g.Go(dsr.Guard(func() error {
			for _, part := range batch[i].receipt.Parts {
				for e, err := range p.Ledger.Entries(gctx, p.attempt(), part) {
					if err != nil {
						return err
					}
					if e.Inventory != nil || (e.SubjectMatches+e.PossibleMatches > 0 && p.ListOnly(e.Endpoint)) {
						batch[i].entries = append(batch[i].entries, e)
					}
				}
			}
			return nil
		}))
	}
	return g.Wait()
}
