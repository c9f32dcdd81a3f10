package survey

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// pass surveys one pass of a node's list, page by page.
type pass struct {
	*advance
	// at is the end of the last page that was passed, and page how far the next one is
	// complete.
	at   place
	page dsr.PageProgress
	// listFailed reports whether a page of this pass that was passed has a failure.
	listFailed bool
	// hasSubNodes reports whether a sub-node of the page was surveyed.
	hasSubNodes bool
	// since is when the first missing task was named.
	since    time.Time
	cutShort bool
}

// resumePass begins where an earlier survey ended, by its mark.
func (a *advance) resumePass(l list, mark dsr.NodeMark) pass {
	if mark.Pass == 0 {
		return pass{advance: a, at: l.begin()}
	}

	p := pass{
		advance:    a,
		at:         place{pass: mark.Pass, page: mark.Page, since: mark.Since},
		listFailed: mark.Failed,
	}

	if mark.Within != nil {
		p.page, p.hasSubNodes = *mark.Within, true
	}

	return p
}

// within returns how far the page after the last one is complete; nil where knowing it
// would save the next survey no more than a call.
func (p *pass) within() *dsr.PageProgress {
	if !p.hasSubNodes {
		return nil
	}
	return &p.page
}

// seen returns the number of receipts that were seen of the page that is not passed.
func (p *pass) seen() int64 {
	if p.page.SubNode == nil {
		return p.page.Receipts
	}
	return p.page.Receipts + p.page.SubNode.Receipts
}

// pages surveys pages until the list ends, something is missing or the time is up. It
// reports whether the list has ended.
func (p *pass) pages(ctx context.Context, l list, timeUp func() bool) (ended bool, err error) {
	for step, err := range p.own.walk(ctx, l, p.at) {
		if err != nil {
			return false, err
		}
		if step.task == nil {
			p.endPage(step)
			if step.ends {
				return true, nil
			}
			if p.cutShort = timeUp(); p.cutShort {
				return false, nil
			}
			continue
		}

		complete, err := p.task(ctx, *step.task, timeUp)
		if err != nil || !complete {
			return false, err
		}
	}
	return false, nil
}

// endPage passes a page, or begins the next pass in place of this one.
func (p *pass) endPage(s step) {
	if s.restarts {
		*p = pass{advance: p.advance, at: s.at}
		return
	}
	p.out.Checkpoint.Receipts += p.page.Receipts
	*p = pass{advance: p.advance, at: s.at, listFailed: p.listFailed || p.page.Failed}
}

// task reports whether a task is done and the sub-nodes that its receipt names are
// complete.
func (p *pass) task(ctx context.Context, t Found, timeUp func() bool) (bool, error) {
	name := t.Task.ReceiptName()
	if t.Done && name < p.page.Receipt {
		return true, nil // an earlier survey has counted it
	}

	if name != p.page.Receipt {
		p.page.Receipt, p.page.SubNode = name, nil
	}
	if !t.Done {
		p.since = t.Since
		return false, nil
	}

	for _, id := range t.Receipt.SubNodes {
		if p.page.SubNode != nil && id < p.page.SubNode.ID {
			continue // an earlier survey has counted it
		}
		complete, err := p.subNode(ctx, subList(t, id), id, timeUp)
		if err != nil || !complete {
			return false, err
		}
	}

	p.page.Receipts++
	p.page.Failed = p.page.Failed || t.Receipt.Failures > 0

	return true, nil
}

// subNode reports whether a sub-node is complete. It goes on behind the pages that an
// earlier survey has passed.
func (p *pass) subNode(ctx context.Context, l list, id string, timeUp func() bool) (bool, error) {
	p.hasSubNodes = true
	at := l.begin()

	if m := p.page.SubNode; m != nil && m.ID == id {
		at = place{pass: m.Pass, page: m.Page, since: m.Since}
	} else {
		p.page.SubNode = subNodeMark(id, at)
	}

	if p.cutShort = timeUp(); p.cutShort {
		return false, nil
	}

	newest, err := p.subs.newest(ctx, l, at)
	if err != nil {
		return false, err
	}
	if newest != at {
		p.page.SubNode = subNodeMark(id, newest)
	}

	return p.subNodePages(ctx, l, newest, timeUp)
}

// subNodePages surveys a sub-node's pages from a place on. It reports whether the sub-node
// is complete.
func (p *pass) subNodePages(ctx context.Context, l list, from place, timeUp func() bool) (bool, error) {
	page := dsr.SubNodeMark{} // the figures of the page that is not passed
	for step, err := range p.subs.walk(ctx, l, from) {
		switch {
		case err != nil:
			return false, err
		case step.task != nil && !step.task.Done:
			p.since = step.task.Since
			return false, nil
		case step.task != nil:
			page.Receipts++
			page.Failed = page.Failed || step.task.Receipt.Failures > 0
			continue
		}

		p.endSubNodePage(step, page)
		page = dsr.SubNodeMark{}
		if step.ends {
			return true, nil
		}
		if p.cutShort = timeUp(); p.cutShort {
			return false, nil
		}
	}

	return false, nil
}

// endSubNodePage passes a page of a sub-node, or begins its next pass in place of this
// one. The figures of a sub-node that has ended are added to those of the node's page.
func (p *pass) endSubNodePage(s step, page dsr.SubNodeMark) {
	m := subNodeMark(p.page.SubNode.ID, s.at)
	if !s.restarts {
		m.Receipts = p.page.SubNode.Receipts + page.Receipts
		m.Failed = p.page.SubNode.Failed || page.Failed
	}
	p.page.SubNode = m

	if s.ends {
		p.page.Receipts += m.Receipts
		p.page.Failed = p.page.Failed || m.Failed
		p.page.SubNode = nil
	}
}

func subNodeMark(id string, at place) *dsr.SubNodeMark {
	return &dsr.SubNodeMark{
		ID:    id,
		Pass:  at.pass,
		Page:  at.page,
		Since: at.since,
	}
}
