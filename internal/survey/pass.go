package survey

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// pass passes the pages of one pass of a node's list.
type pass struct {
	*advance
	// at is the last place that was passed, and page how far the page behind it is.
	at   place
	page dsr.PageProgress
	// listFailed says that a page of this pass that was passed has a failure.
	listFailed bool
	// hasSubNodes says that the page has sub-nodes that were looked at.
	hasSubNodes bool
	// since is when the task was named that is missing.
	since    time.Time
	cutShort bool
}

// passFrom begins where an earlier pass has ended.
func (a *advance) passFrom(l list, mark dsr.NodeMark) pass {
	if mark.Pass == 0 {
		return pass{advance: a, at: l.begin()}
	}

	p := pass{
		advance:    a,
		at:         place{generation: mark.Pass, page: mark.Page, since: mark.Since},
		listFailed: mark.Failed,
	}

	if mark.Within != nil {
		p.page, p.hasSubNodes = *mark.Within, true
	}

	return p
}

// within is how far the page behind the last one is complete; nil where that saves
// the next look no more than a call.
func (p *pass) within() *dsr.PageProgress {
	if !p.hasSubNodes {
		return nil
	}
	return &p.page
}

// seen counts the receipts of the page that is not passed yet.
func (p *pass) seen() int64 {
	if p.page.SubNode == nil {
		return p.page.Receipts
	}
	return p.page.Receipts + p.page.SubNode.Receipts
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

		complete, err := p.task(ctx, *step.task, until)
		if err != nil || !complete {
			return false, err
		}
	}
	return false, nil
}

// turn passes a page, or gives up a pass for the next.
func (p *pass) turn(s step) {
	if s.restarts {
		*p = pass{advance: p.advance, at: s.at}
		return
	}
	p.out.Checkpoint.Receipts += p.page.Receipts
	*p = pass{advance: p.advance, at: s.at, listFailed: p.listFailed || p.page.Failed}
}

// task reports whether a task is done, with the sub-nodes that its receipt names.
func (p *pass) task(ctx context.Context, t Found, until func() bool) (bool, error) {
	name := t.Task.ReceiptName()
	if t.Done && name < p.page.Receipt {
		return true, nil // an earlier look has counted it
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
			continue // likewise
		}
		complete, err := p.subNode(ctx, subList(t, id), id, until)
		if err != nil || !complete {
			return false, err
		}
	}

	p.page.Receipts++
	p.page.Failed = p.page.Failed || t.Receipt.Failures > 0

	return true, nil
}

// subNode reports whether a sub-node is complete. It goes on behind the page of it
// that an earlier look has passed.
func (p *pass) subNode(ctx context.Context, l list, id string, until func() bool) (bool, error) {
	p.hasSubNodes = true
	at := l.begin()

	if m := p.page.SubNode; m != nil && m.ID == id {
		at = place{generation: m.Pass, page: m.Page, since: m.Since}
	} else {
		p.page.SubNode = subNodeMark(id, at)
	}

	if p.cutShort = until(); p.cutShort {
		return false, nil
	}
	newest, err := p.subs.newest(ctx, l, at)
	if err != nil {
		return false, err
	}

	if newest != at {
		p.page.SubNode = subNodeMark(id, newest)
	}

	page := dsr.SubNodeMark{} // the figures of one that is not passed yet
	for step, err := range p.subs.walk(ctx, l, newest) {
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

		p.turnSubNode(step, page)
		page = dsr.SubNodeMark{}
		if step.ends {
			return true, nil
		}
		if p.cutShort = until(); p.cutShort {
			return false, nil
		}
	}

	return false, nil
}

// turnSubNode passes a page of a sub-node, or gives up a pass for the next. One
// that has ended counts with its page.
func (p *pass) turnSubNode(s step, page dsr.SubNodeMark) {
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
		Pass:  at.generation,
		Page:  at.page,
		Since: at.since,
	}
}
