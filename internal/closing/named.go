package closing

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
)

// named reports whether a stored record names a task. It reads the record: whoever can
// write to the container can forge the name and metadata that a listing shows.
func (v *visit) named(ctx context.Context, t dsr.Task) (bool, error) {
	page, _, found, err := v.Ledger.Page(ctx, t)
	switch {
	case err != nil:
		return false, err
	case !v.lists(t):
		return found && page.State.Works() && t.Chunk < page.Chunks, nil
	case found:
		return true, nil
	case t.Page > 1:
		earlier := t
		earlier.Page--
		before, _, found, err := v.Ledger.Page(ctx, earlier)
		return found && before.State == dsr.PageNext, err

	case t.Pass > 1:
		earlier := t
		earlier.Pass--
		return v.Ledger.Continues(ctx, earlier)

	case t.IsSubNode():
		parent, _, err := v.Ledger.Receipt(ctx, t.ParentTask())
		return slices.ContainsFunc(parent.SubNodes, func(s dsr.SubNode) bool { return s.Node == t.Node }), err
	default:
		return true, nil // the plan names it
	}
}

// lists reports whether a task lists its page, rather than works on a chunk of it.
func (v *visit) lists(t dsr.Task) bool {
	number, sub, err := dsr.SplitNode(t.Node)
	n, found := v.plan.Node(number)
	return err == nil && t.Chunk == 0 && (sub != "" || (found && n.Type == t.Type))
}
