package survey

import (
	"cmp"
	"context"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// Progress is what a survey of what is new has found.
type Progress struct {
	// Checkpoint is where the next survey may begin.
	Checkpoint dsr.Checkpoint
	// Complete reports whether every node is complete.
	Complete bool
	// CutShort reports whether the time was up before all nodes were surveyed.
	CutShort bool
	// Receipts counts the tasks that are known to be done. It may lag behind them.
	Receipts int64
	// Oldest is the earliest time at which a missing task was named; zero when nothing is
	// missing.
	Oldest time.Time
}

// Advance surveys what is new since a checkpoint. A page is passed only when its record
// was seen, every page before it is passed, and the receipt of each task that it names
// was seen, those of its sub-nodes too. Advance ends early when timeUp reports so.
func (s *Survey) Advance(ctx context.Context, from dsr.Checkpoint, timeUp func() bool) (Progress, error) {
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
		if timeUp() {
			out.CutShort, out.Complete = true, false
			if m, begun := marks[n.Number]; begun {
				out.Checkpoint.Nodes = append(out.Checkpoint.Nodes, m)
			}
			continue
		}
		if err := a.node(ctx, n, marks[n.Number], timeUp); err != nil {
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
	slices.SortStableFunc(marks, func(a, b dsr.NodeMark) int { return cmp.Compare(saves(b), saves(a)) })
	return marks[:dsr.MaxNodeMarks]
}

// saves returns about how many records a mark saves reading.
func saves(m dsr.NodeMark) int64 {
	records := int64(m.Page)
	if m.Within != nil {
		records += m.Within.Receipts
		if sub := m.Within.SubNode; sub != nil {
			records += sub.Receipts
		}
	}
	return records
}

// advance is one call of Advance.
type advance struct {
	*Survey
	out Progress
	// ahead counts the receipts that were seen of pages that are not passed.
	ahead int64
}

// node surveys a node's pages from its mark on.
func (a *advance) node(ctx context.Context, n dsr.Node, mark dsr.NodeMark, timeUp func() bool) error {
	l := a.listOf(n)
	p := a.resumePass(l, mark)
	for {
		ended, err := p.pages(ctx, l, timeUp)
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

		// What is missing may be of a pass that was given up.
		newest, err := a.own.newest(ctx, l, p.at)
		if err != nil {
			return err
		}
		if newest.pass > p.at.pass && !timeUp() {
			p = pass{advance: a, at: newest}
			continue
		}

		a.noteIncomplete(n, l, p)
		return nil
	}
}

// noteIncomplete notes how far a node was passed, and since when its next task has been
// missing.
func (a *advance) noteIncomplete(n dsr.Node, l list, p pass) {
	out := &a.out
	out.Complete = false
	a.ahead += p.seen()

	if within := p.within(); p.at != l.begin() || within != nil {
		out.Checkpoint.Nodes = append(out.Checkpoint.Nodes, dsr.NodeMark{
			Node:   n.Number,
			Pass:   p.at.pass,
			Page:   p.at.page,
			Since:  p.at.since,
			Failed: p.listFailed,
			Within: within,
		})
	}

	if !p.since.IsZero() && (out.Oldest.IsZero() || p.since.Before(out.Oldest)) {
		out.Oldest = p.since
	}
	if p.cutShort {
		out.CutShort = true
	}
}
