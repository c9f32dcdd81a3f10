package survey

import (
	"context"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// Progress is what a look at what is new has found.
type Progress struct {
	// Checkpoint is where the next look may begin.
	Checkpoint dsr.Checkpoint
	// Complete reports whether every node is.
	Complete bool
	// CutShort reports that the time was over before all was looked at.
	CutShort bool
	// Receipts counts the tasks that are known to be done. It grows with them, but
	// not with each at once.
	Receipts int64
	// Oldest is since when the first missing task of some node has been named; zero
	// when nothing is missing.
	Oldest time.Time
}

// Advance looks at what is new since a checkpoint. A page is passed only when its
// record was seen, every page before it is passed, and the receipt of each task that
// it names was seen, those of its sub-nodes too. It ends early when a time is over.
func (s *Survey) Advance(ctx context.Context, from dsr.Checkpoint, until func() bool) (Progress, error) {
	a := &advance{Survey: s, out: Progress{Checkpoint: from}}
	out := &a.out
	out.Checkpoint.Ended, out.Checkpoint.Failed, out.Checkpoint.Nodes = nil, nil, nil
	marks := map[int]dsr.NodeMark{}
	for _, m := range from.Nodes {
		marks[m.Node] = m
	}

	out.Complete = true
	for _, n := range s.plan.Nodes {
		if from.Failed.Has(n.Number) {
			out.Checkpoint.Failed.Append(n.Number)
		}
		if from.Ended.Has(n.Number) {
			out.Checkpoint.Ended.Append(n.Number)
			continue
		}
		if until() {
			out.CutShort, out.Complete = true, false
			if m, begun := marks[n.Number]; begun {
				out.Checkpoint.Nodes = append(out.Checkpoint.Nodes, m)
			}
			continue
		}
		if err := a.node(ctx, n, marks[n.Number], until); err != nil {
			return Progress{}, err
		}
	}

	out.Checkpoint.Nodes = boundMarks(out.Checkpoint.Nodes)
	out.Receipts = out.Checkpoint.Receipts + a.ahead
	return *out, nil
}

// boundMarks keeps the marks that save the most work.
func boundMarks(marks []dsr.NodeMark) []dsr.NodeMark {
	if len(marks) <= dsr.MaxNodeMarks {
		return marks
	}
	slices.SortStableFunc(marks, func(a, b dsr.NodeMark) int { return b.Page - a.Page })
	return marks[:dsr.MaxNodeMarks]
}

// advance is one Advance.
type advance struct {
	*Survey
	out Progress
	// ahead counts the receipts that were seen of pages that are not passed yet.
	ahead int64
}

// node passes a node's pages from its mark on.
func (a *advance) node(ctx context.Context, n dsr.Node, mark dsr.NodeMark, until func() bool) error {
	l := a.listOf(n)
	at, failed := l.begin(), mark.Failed
	if mark.Generation > 0 {
		at = place{generation: mark.Generation, page: mark.Page, since: mark.Since}
	}

	for {
		p := pass{advance: a, at: at, listFailed: failed}
		ended, err := p.pages(ctx, l, until)
		if err != nil {
			return err
		}
		if ended {
			a.out.Checkpoint.Ended.Append(n.Number)
			if p.listFailed {
				a.out.Checkpoint.Failed.Append(n.Number)
			}
			return nil
		}

		// What it waits for may be of a generation that was given up.
		newest, err := a.own.newest(ctx, l, p.at)
		if err != nil {
			return err
		}
		if newest.generation > p.at.generation && !until() {
			at, failed = newest, false
			continue
		}
		a.block(n, l, p)
		return nil
	}
}

// block notes how far a node was passed and since when it waits.
func (a *advance) block(n dsr.Node, l list, p pass) {
	out := &a.out
	out.Complete = false
	a.ahead += p.seen
	if p.at != l.begin() {
		out.Checkpoint.Nodes = append(out.Checkpoint.Nodes, dsr.NodeMark{
			Node:       n.Number,
			Generation: p.at.generation,
			Page:       p.at.page,
			Since:      p.at.since,
			Failed:     p.listFailed,
		})
	}
	if !p.since.IsZero() && (out.Oldest.IsZero() || p.since.Before(out.Oldest)) {
		out.Oldest = p.since
	}
	if p.cutShort {
		out.CutShort = true
	}
}

// pass passes the pages of one generation of a node's list.
type pass struct {
	*advance
	// at is the last place that was passed.
	at place
	// seen and failed are of the page that is being looked at.
	seen   int64
	failed bool
	// listFailed says that a page of this generation that was passed has a failure.
	listFailed bool
	// since is when the task was named that is missing.
	since    time.Time
	cutShort bool
}

// pages reports whether the list was passed to its end.
func (p *pass) pages(ctx context.Context, l list, until func() bool) (ended bool, err error) {
	for step, err := range p.own.walk(ctx, l, p.at) {
		if err != nil {
			return false, err
		}
		if step.task == nil {
			p.turn(step)
			if step.ends {
				return true, nil
			}
			if p.cutShort = until(); p.cutShort {
				return false, nil
			}
			continue
		}

		complete, err := p.task(ctx, *step.task)
		if err != nil || !complete {
			return false, err
		}
	}
	return false, nil
}

// turn passes a page, or gives up a generation for the next.
func (p *pass) turn(s step) {
	p.at = s.at
	if s.restarts {
		p.seen, p.failed, p.listFailed = 0, false, false
		return
	}
	p.out.Checkpoint.Receipts += p.seen
	p.listFailed = p.listFailed || p.failed
	p.seen, p.failed = 0, false
}

// task reports whether a task is done, with the sub-nodes that its receipt names.
func (p *pass) task(ctx context.Context, t Found) (bool, error) {
	if !t.Done {
		p.since = t.Since
		return false, nil
	}
	p.seen++
	p.failed = p.failed || t.Receipt.Failures > 0

	for _, id := range t.Receipt.SubNodes {
		complete, err := p.subNode(ctx, subList(t, id))
		if err != nil || !complete {
			return false, err
		}
	}
	return true, nil
}

// subNode reports whether a sub-node is complete.
func (p *pass) subNode(ctx context.Context, l list) (bool, error) {
	at, err := p.subs.newest(ctx, l, l.begin())
	if err != nil {
		return false, err
	}
	for step, err := range p.subs.walk(ctx, l, at) {
		if err != nil {
			return false, err
		}
		if step.task == nil {
			if step.ends {
				return true, nil
			}
			continue
		}
		if !step.task.Done {
			p.since = step.task.Since
			return false, nil
		}
		p.seen++
		p.failed = p.failed || step.task.Receipt.Failures > 0
	}
	return false, nil
}
