package ledger

import (
	"context"
	"fmt"
	"strings"

	"azureml-dsr/internal/dsr"
)

// keptUnfailed is for how many ranges of nodes a process keeps that nothing failed.
const keptUnfailed = 1024

// unfailedKey is nodes of an attempt, from one to another.
type unfailedKey struct {
	attempt dsr.Attempt
	nodes   dsr.NodeRange
}

// unfailedMark is how far the receipts of nodes were listed without a failure.
type unfailedMark struct {
	after string // the last receipt, below receipts/
	all   bool
}

// AnyFailed reports whether a receipt of some nodes says that something failed, in the
// pass of its list that counts. Nodes that a stage waits for are complete when it
// begins, so what was listed once is kept: each task of a stage asks, and one that was
// cut short goes on.
func (l *Ledger) AnyFailed(ctx context.Context, a dsr.Attempt, nodes dsr.NodeSet) (bool, error) {
	for _, r := range nodes {
		failed, err := l.rangeFailed(ctx, unfailedKey{a, r})
		if failed || err != nil {
			return failed, err
		}
	}
	return false, nil
}

func (l *Ledger) rangeFailed(ctx context.Context, key unfailedKey) (failed bool, err error) {
	mark, _ := l.unfailed.get(key)
	if mark.all {
		return false, nil
	}
	defer func() { l.unfailed.set(key, mark) }()

	given := givenUp{ledger: l, attempt: key.attempt}

	// The character after the digits: names of sub-nodes of the last node are before it.
	end := dsr.NodeName(key.nodes.Last) + "\x7f"
	from := max(dsr.NodeName(key.nodes.First), mark.after)
	for more := true; more; {
		var receipts []dsr.ReceiptMark
		if receipts, more, err = l.ListReceipts(ctx, key.attempt, from, 0); err != nil {
			return false, err
		}

		for _, r := range receipts {
			if r.Name() >= end {
				more = false
				break
			}
			if failed, err = given.failed(ctx, r); failed || err != nil {
				return failed, err
			}
			mark.after = r.Name()
		}

		from = mark.after + " " // behind it
	}

	mark.all = true

	return false, nil
}

// givenUp tells which generations of lists were given up: those that a page of a later
// one follows. It remembers the last answer for nodes and for their sub-nodes.
type givenUp struct {
	ledger  *Ledger
	attempt dsr.Attempt
	known   [2]struct {
		node       string
		generation int
		given      bool
	}
}

// failed reports whether a receipt has a failure that counts. One of a sub-node counts
// only if the receipt does that names the sub-node.
func (g *givenUp) failed(ctx context.Context, r dsr.ReceiptMark) (bool, error) {
	if r.Failures == 0 {
		return false, nil
	}
	given, err := g.is(ctx, 0, r.Node, r.Pass)
	if given || err != nil {
		return false, err
	}

	node, sub, _ := strings.Cut(r.Node, "~")
	at, _, placed := dsr.ParseSubNode(sub)
	if !placed {
		return true, nil
	}

	given, err = g.is(ctx, 1, node, at.Pass)
	return !given && err == nil, err
}

// is reports whether a pass of a node's list was given up.
func (g *givenUp) is(ctx context.Context, of int, node string, generation int) (bool, error) {
	last := &g.known[of]
	if last.node == node && last.generation == generation {
		return last.given, nil
	}

	prefix := g.attempt.Pages() + node + "/"
	later, _, err := g.ledger.audit.Backend().ListPage(ctx, prefix, g.attempt.Pages()+dsr.PageName(node, generation+1, 1), 1)
	if err != nil {
		return false, fmt.Errorf("listing the pages: %w", err)
	}
	last.node, last.generation, last.given = node, generation, len(later) > 0
	return last.given, nil
}
