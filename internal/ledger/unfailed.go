package ledger

import (
	"context"
	"fmt"

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
	after string // the last name
	all   bool
}

// AnyFailed reports whether a receipt of some nodes says that something failed.
// Nodes that a stage waits for are complete when it begins, so what was listed once
// is kept: each task of a stage asks, and one that was cut short goes on.
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

	prefix := key.attempt.Receipts()
	// The character after the digits: names of sub-nodes of the last node are before it.
	end := prefix + dsr.NodeName(key.nodes.Last) + "\x7f"
	from := max(prefix+dsr.NodeName(key.nodes.First), mark.after)
	for info, err := range l.audit.Backend().List(ctx, prefix, from) {
		if err != nil {
			return false, fmt.Errorf("listing the receipts: %w", err)
		}
		if info.Name >= end {
			break
		}
		if info.Metadata[dsr.MetaFailures] != "" {
			return true, nil
		}
		mark.after = info.Name
	}
	mark.all = true
	return false, nil
}
