package ledger

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
)

// pageReads is how many page records are read at once.
const pageReads = 16

// ItemsOf yields the items of a type in a target, as the pages name them.
func (l *Ledger) ItemsOf(ctx context.Context, plan dsr.Plan, typ, target string) iter.Seq2[string, error] {
	var nodes []int
	for _, n := range plan.Nodes {
		if (n.Type == typ || slices.Contains(n.Followers, typ)) && strings.EqualFold(n.Target, target) {
			nodes = append(nodes, n.Number)
		}
	}
	return func(yield func(string, error) bool) {
		for page, err := range l.readPages(ctx, plan, pageQuery{nodes: nodes}) {
			if err != nil {
				yield("", err)
				return
			}

			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

// CountPages returns how many pages of a task's pass are recorded, from the first page to
// the first gap.
func (l *Ledger) CountPages(ctx context.Context, t dsr.Task) (int, error) {
	n := 0
	for info, err := range l.audit.Backend().List(ctx, t.PagesOfPass(), "") {
		if err != nil {
			return 0, fmt.Errorf("listing the pages: %w", err)
		}
		at := t
		if at.Page = n + 1; info.Name != at.PageBlob() {
			break
		}
		n++
	}
	return n, nil
}

// pageQuery selects page records of an attempt.
type pageQuery struct {
	nodes    []int  // sorted
	subNodes bool   // whether to include the pages of sub-nodes
	behind   string // the name, below pages/, after which to start; "" is the first
}

// readPages yields the selected page records in the order of their names. It reads several
// at once.
func (l *Ledger) readPages(ctx context.Context, plan dsr.Plan, q pageQuery) iter.Seq2[dsr.Page, error] {
	return func(yield func(dsr.Page, error) bool) {
		var batch []string
		for name, err := range l.pageNames(ctx, plan, q) {
			if err != nil {
				yield(dsr.Page{}, err)
				return
			}
			if batch = append(batch, name); len(batch) < pageReads {
				continue
			}
			if !l.yieldPages(ctx, batch, yield) {
				return
			}
			batch = batch[:0]
		}
		l.yieldPages(ctx, batch, yield)
	}
}

// pageNames yields the names of the selected page records, from one listing.
func (l *Ledger) pageNames(ctx context.Context, plan dsr.Plan, q pageQuery) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if len(q.nodes) == 0 {
			return
		}

		prefix := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}.Pages()
		from := prefix + max(dsr.NodeName(q.nodes[0]), q.behind)
		last := q.nodes[len(q.nodes)-1]
		for info, err := range l.audit.Backend().List(ctx, prefix, from) {
			if err != nil {
				yield("", fmt.Errorf("listing the pages: %w", err))
				return
			}
			if info.Name == prefix+q.behind {
				continue
			}

			node, _, _ := strings.Cut(strings.TrimPrefix(info.Name, prefix), "/")
			number, sub, err := dsr.SplitNode(node)
			if err != nil {
				yield("", fmt.Errorf("listing the pages: %w", err))
				return
			}
			if number > last {
				return
			}
			_, isWanted := slices.BinarySearch(q.nodes, number)
			if !isWanted || (sub != "" && !q.subNodes) {
				continue
			}
			if !yield(info.Name, nil) {
				return
			}
		}
	}
}

// yieldPages reads some page records at once and yields them in order. It returns false to
// stop.
func (l *Ledger) yieldPages(ctx context.Context, names []string, yield func(dsr.Page, error) bool) bool {
	pages := make([]dsr.Page, len(names))
	g, gctx := errgroup.WithContext(ctx)
	for i, name := range names {
		g.Go(dsr.Guard(func() error {
			page, _, found, err := read[dsr.Page](gctx, l.audit, name)
			if err == nil && !found {
				err = fmt.Errorf("page record %s was listed and is not there", name)
			}
			pages[i] = page
			return err
		}))
	}
	if err := g.Wait(); err != nil {
		yield(dsr.Page{}, err)
		return false
	}

	for _, page := range pages {
		if !yield(page, nil) {
			return false
		}
	}

	return true
}
