// Package survey finds out from listings of an attempt's records what is done and what is
// missing. A listing is no snapshot: between any two calls anything may be recorded. So a
// receipt never proves a page that was not seen, and what was not seen counts as missing
// until a later survey sees it.
package survey

import (
	"context"
	"iter"
	"time"

	"azureml-dsr/internal/dsr"
)

// Lister lists an attempt's records in the order of their names, a call at a time.
// Names are those below the attempt's pages/ or receipts/ prefix. Each call returns
// at least one record unless none is left, and reports whether there are more.
type Lister interface {
	ListPages(ctx context.Context, a dsr.Attempt, from string, most int) ([]dsr.PageMark, bool, error)
	ListReceipts(ctx context.Context, a dsr.Attempt, from string, most int) ([]dsr.ReceiptMark, bool, error)
}

// Survey reads an attempt's records once. It keeps only what the last call of each of its
// listings returned. It is not safe for concurrent use.
type Survey struct {
	plan   dsr.Plan
	own    records // of the plan's nodes
	subs   records // of their sub-nodes, which sort elsewhere
	calls  int
	looked string // where Missing is; see Looked
}

// records are an attempt's pages and receipts.
type records struct {
	pages    cursor[dsr.PageMark]
	receipts cursor[dsr.ReceiptMark]
}

// New makes a survey of the nodes of a plan.
func New(l Lister, plan dsr.Plan) *Survey {
	s := &Survey{plan: plan}
	s.own, s.subs = s.records(l), s.records(l)
	return s
}

func (s *Survey) records(l Lister) records {
	a := dsr.Attempt{RequestID: s.plan.RequestID, Number: s.plan.Attempt}
	var r records
	r.pages.name, r.receipts.name = dsr.PageMark.Name, dsr.ReceiptMark.Name
	r.pages.list = func(ctx context.Context, from string, most int) ([]dsr.PageMark, bool, error) {
		s.calls++
		return l.ListPages(ctx, a, from, most)
	}
	r.receipts.list = func(ctx context.Context, from string, most int) ([]dsr.ReceiptMark, bool, error) {
		s.calls++
		return l.ListReceipts(ctx, a, from, most)
	}
	return r
}

// Calls returns how many listing calls the survey has made.
func (s *Survey) Calls() int { return s.calls }

// Found is a task that the records imply.
type Found struct {
	Task dsr.Task
	// Since is when the record that names the task was stored.
	Since time.Time
	// Done reports whether the task's receipt was seen. Receipt is set only then.
	Done    bool
	Receipt dsr.ReceiptMark
}

// list is a node's own list or a sub-node's.
type list struct {
	first dsr.Task  // the task that lists the first page
	types []string  // the types that share its pages, in the order of receipts' names
	since time.Time // when the first task was named
}

// place is how far a list has been walked: to the end of a page.
type place struct {
	pass, page int
	// since is when the record that names the next page was stored.
	since time.Time
}

// begin returns the place before the list's first page.
func (l list) begin() place { return place{pass: 1, since: l.since} }

// step is one step of a walk: a task, or the end of a page when task is nil.
type step struct {
	task *Found
	// at is the place after the page, and ends reports whether the list ends there.
	at   place
	ends bool
	// restarts reports whether a newer pass begins at this place. The tasks before it do
	// not count then.
	restarts bool
}

func (s *Survey) listOf(n dsr.Node) list {
	return list{
		first: s.plan.FirstTask(n),
		types: dsr.SortTypes(append([]string{n.Type}, n.Followers...)),
		since: s.plan.CreatedAt,
	}
}

// subList returns the list of a sub-node that a task's receipt names.
func subList(t Found, id string) list {
	first := t.Task
	at := t.Task.Position()
	first.Node, first.Parent = first.Node+"~"+id, &at
	first.Pass, first.Page, first.Chunk = 1, 1, 0
	return list{first: first, types: []string{first.Type}, since: t.Receipt.Created}
}

// walk yields the tasks of a list from a place on, page by page, those of a page in the
// order of their receipts' names. It ends with the list, or with the task that lists the
// first page that was not seen. That task is missing, whether its receipt was seen or
// not.
func (r *records) walk(ctx context.Context, l list, at place) iter.Seq2[step, error] {
	return func(yield func(step, error) bool) {
		for {
			lister := l.first
			lister.Pass, lister.Page = at.pass, at.page+1
			page, seen, err := r.page(ctx, lister)
			if err != nil {
				yield(step{}, err)
				return
			}
			if !seen {
				yield(step{task: &Found{Task: lister, Since: at.since}}, nil)
				return
			}

			if page.State == dsr.PageContinues {
				at = place{pass: at.pass + 1, since: page.Created}
				if !yield(step{at: at, restarts: true}, nil) {
					return
				}
				continue
			}
			if !r.tasks(ctx, l, page, lister, at.since, yield) {
				return
			}

			at.page, at.since = page.Page, page.Created
			if ends := page.State.Ends(); !yield(step{at: at, ends: ends}, nil) || ends {
				return
			}
		}
	}
}

// page returns the record of the page that a task lists. It is false when the record was
// not seen.
func (r *records) page(ctx context.Context, lister dsr.Task) (dsr.PageMark, bool, error) {
	name := dsr.PageName(lister.Node, lister.Pass, lister.Page)
	m, found, err := r.pages.seek(ctx, name)
	return m, found && m.Name() == name, err
}

// tasks yields the tasks that a page names. since is when its lister was named. It returns
// false when the reader has enough.
func (r *records) tasks(ctx context.Context, l list, p dsr.PageMark, lister dsr.Task, since time.Time, yield func(step, error) bool) bool {
	for chunk := range p.Chunks {
		for _, typ := range l.types {
			t := Found{Task: lister, Since: p.Created}
			t.Task.Chunk, t.Task.Type = chunk, typ

			if chunk == 0 && typ == lister.Type {
				t.Since = since
			} else if !p.State.Works() {
				continue
			}

			m, found, err := r.receipts.seek(ctx, t.Task.ReceiptName())
			if err != nil {
				yield(step{}, err)
				return false
			}

			if found && m.Name() == t.Task.ReceiptName() {
				t.Done, t.Receipt = true, m
			}

			if !yield(step{task: &t}, nil) {
				return false
			}
		}
	}
	return true
}

// newest returns the place before the first page of the newest pass of which a page was
// seen, or at itself when it is in that pass.
func (r *records) newest(ctx context.Context, l list, at place) (place, error) {
	node := l.first.Node
	if _, _, err := r.pages.seek(ctx, dsr.PageName(node, at.pass, at.page+1)); err != nil {
		return at, err
	}
	for at.pass < dsr.MaxPass {
		m, found, err := r.pages.seek(ctx, dsr.PageName(node, at.pass+1, 1))
		if err != nil || !found || m.Node != node {
			return at, err
		}
		at = place{pass: m.Pass, since: m.Created}
	}
	return at, nil
}
