package ledger

import (
	"context"
	"fmt"
	"strings"

	"azureml-dsr/internal/dsr"
)

// cachedUnfailed is for how many ranges of nodes a process remembers that nothing failed.
const cachedUnfailed = 1024

// unfailedKey is a range of nodes of an attempt.
type unfailedKey struct {
	attempt dsr.Attempt
	nodes   dsr.NodeRange
}

// unfailedMark is how far the receipts of a range were listed without finding a failure.
type unfailedMark struct {
	after string // the last receipt, below receipts/
	all   bool   // whether all receipts of the range were listed
}

// AnyFailed reports whether a receipt of some nodes has a failure. Receipts of discarded
// passes do not count. The nodes must be complete, as those that a stage waits for are.
// Therefore the result is cached: each task of the stage asks, and a call that
// was interrupted continues.
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

	passes := discardedPasses{ledger: l, attempt: key.attempt}

	// \x7f sorts after the / and ~ that follow the digits in names of the last node.
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
			if failed, err = passes.failed(ctx, r); failed || err != nil {
				return failed, err
			}
			mark.after = r.Name()
		}

		from = mark.after + " " // sorts right after it
	}
	mark.all = true
	return false, nil
}

// discardedPasses reports which passes over a list were discarded: those that a page of a
// later pass follows. It remembers the last answer for nodes and for sub-nodes.
type discardedPasses struct {
	ledger           *Ledger
	attempt          dsr.Attempt
	ofNode, ofParent knownPass
}

// knownPass is the last answer about a pass.
type knownPass struct {
	node      string
	pass      int
	discarded bool
}

// failed reports whether a receipt has a failure that counts. A failure of a discarded pass
// does not count, nor one of a sub-node that a discarded pass named.
func (d *discardedPasses) failed(ctx context.Context, r dsr.ReceiptMark) (bool, error) {
	if r.Failures == 0 {
		return false, nil
	}
	discarded, err := d.isDiscarded(ctx, &d.ofNode, r.Node, r.Pass)
	if discarded || err != nil {
		return false, err
	}

	node, sub, _ := strings.Cut(r.Node, "~")
	namedIn, _, isSubNode := dsr.ParseSubNode(sub)
	if !isSubNode {
		return true, nil
	}
	discarded, err = d.isDiscarded(ctx, &d.ofParent, node, namedIn.Pass)
	return !discarded && err == nil, err
}

// isDiscarded reports whether a pass over a node's list was discarded. last is the last
// answer, which it reuses or replaces.
func (d *discardedPasses) isDiscarded(ctx context.Context, last *knownPass, node string, pass int) (bool, error) {
	if last.node == node && last.pass == pass {
		return last.discarded, nil
	}

	pages := d.attempt.Pages()
	nextPass := pages + dsr.PageName(node, pass+1, 1)
	later, _, err := d.ledger.audit.Backend().ListPage(ctx, pages+node+"/", nextPass, 1)
	if err != nil {
		return false, fmt.Errorf("listing the pages: %w", err)
	}
	*last = knownPass{node: node, pass: pass, discarded: len(later) > 0}
	return last.discarded, nil
}
