package task

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
)

// pageRecord is a stored page record with the reference that receipts carry.
type pageRecord struct {
	dsr.Page
	ref dsr.BlobRef
	// before is the page that leads to this one: it has the cursor, and the items that
	// this page may repeat. nil for a list's first page.
	before *dsr.Page
	stored bool // false for a page that is to be listed
}

// lists reports whether the job's task lists its page: it is chunk 0 of the node's own
// type.
func lists(job Job) bool {
	return job.Task.Chunk == 0 && (job.Task.IsSubNode() || job.Task.Type == job.Node.Type)
}

// followers returns the types that share the pages of the job's node.
func (j Job) followers() []string {
	if j.Task.IsSubNode() {
		return nil
	}
	return j.Node.Followers
}

func noTask(format string, args ...any) error {
	return dsr.Errorf(dsr.NoTask, dsr.ReasonUnknownTask, format, args...)
}

// resolve finds what names the task. One that neither plan, page record nor receipt
// names is no task. A page that an untouched task lists has no record yet, and none is
// looked up. Should there be one after all, recording the page finds it.
func (r *Runner) resolve(ctx context.Context, t dsr.Task, p past) (Job, *pageRecord, error) {
	job, err := r.node(ctx, t)
	if err != nil {
		return Job{}, nil, err
	}
	if p == untouched && lists(job) && !job.Node.Recorded() {
		before, err := r.namedBy(ctx, t)
		return job, &pageRecord{before: before}, err
	}

	page, ref, found, err := r.ledger.Page(ctx, t)
	if err != nil {
		return Job{}, nil, err
	}

	if !lists(job) {
		if !found || !page.State.Works() || t.Chunk >= page.Chunks {
			return Job{}, nil, noTask("no stored page names chunk %d of page %d", t.Chunk, t.Page)
		}
		return job, &pageRecord{Page: page, ref: ref, stored: true}, nil
	}
	if found {
		return job, &pageRecord{Page: page, ref: ref, stored: true}, nil
	}
	if job.Node.Recorded() && !t.IsSubNode() {
		return Job{}, nil, noTask("page %d of a node whose pages are recorded beforehand is not recorded", t.Page)
	}

	before, err := r.namedBy(ctx, t)
	if err != nil {
		return Job{}, nil, err
	}

	return job, &pageRecord{before: before}, nil
}

// node makes the job of the task's node in the plan and, for a sub-node, of the item
// that a receipt handed over.
func (r *Runner) node(ctx context.Context, t dsr.Task) (Job, error) {
	plan, found, err := r.ledger.Plan(ctx, t.Of())
	if err != nil {
		return Job{}, err
	}
	if !found {
		return Job{}, noTask("no plan names it")
	}

	number, _, err := dsr.SplitNode(t.Node)
	if err != nil {
		return Job{}, noTask("%s", err)
	}
	n, ok := plan.Node(number)
	if !ok || (t.Type != n.Type && !slices.Contains(n.Followers, t.Type)) {
		return Job{}, noTask("the plan has no node %d of type %s", number, t.Type)
	}

	target, err := n.Place()
	if err != nil {
		return Job{}, err
	}

	job := Job{
		Task:     t,
		Node:     n,
		Target:   target,
		Kind:     plan.Kind,
		What:     plan.What,
		SubNodes: plan.SubNodes,
	}
	if t.IsSubNode() {
		job.Item, err = r.subNodeItem(ctx, t)
	}

	return job, err
}

// subNodeItem returns the item whose own list the task's sub-node is, by the receipt
// that names it.
func (r *Runner) subNodeItem(ctx context.Context, t dsr.Task) (string, error) {
	receipt, found, err := r.ledger.Receipt(ctx, t.ParentTask())
	if err != nil {
		return "", err
	}

	i := slices.IndexFunc(receipt.SubNodes, func(s dsr.SubNode) bool { return s.Node == t.Node })
	if !found || i < 0 {
		return "", noTask("no receipt names sub-node %s", t.Node)
	}

	return receipt.SubNodes[i].Item, nil
}

// namedBy checks that a stored record names a page that is not listed yet, and returns
// the page before it, if there is one. The plan or a receipt names page 1 of pass 1,
// a page whose cursor has expired names page 1 of the next pass, and any other page is
// named by the one before.
func (r *Runner) namedBy(ctx context.Context, t dsr.Task) (*dsr.Page, error) {
	if t.Page == 1 && t.Pass == 1 {
		return nil, nil
	}
	if t.Page == 1 {
		earlier := t
		earlier.Pass--
		continues, err := r.ledger.Continues(ctx, earlier)
		if err == nil && !continues {
			err = noTask("no stored page continues in generation %d", t.Pass)
		}
		return nil, err
	}

	earlier := t
	earlier.Page--
	before, _, found, err := r.ledger.Page(ctx, earlier)
	if err != nil {
		return nil, err
	}
	if !found || before.State != dsr.PageNext {
		return nil, noTask("no stored page names page %d", t.Page)
	}

	return &before, nil
}
