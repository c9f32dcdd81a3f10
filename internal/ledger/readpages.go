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

// ItemsOf yields the items that were read of a type in a target, as the pages
// name them.
func (l *Ledger) ItemsOf(ctx context.Context, plan dsr.Plan, typ, target string) iter.Seq2[string, error] {
	var nodes []int
	for _, n := range plan.Nodes {
		if (n.Type == typ || slices.Contains(n.Followers, typ)) && strings.EqualFold(n.Target, target) {
			nodes = append(nodes, n.Number)
		}
	}
	return func(yield func(string, error) bool) {
		for page, err := range l.readPages(ctx, plan, nodes, false) {
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

// Places returns, of some ids, the targets in a scope where a page names a document
// of that id; a scope of "" is everywhere. It passes once over the pages for all ids.
func (l *Ledger) Places(ctx context.Context, plan dsr.Plan, scope string, ids []string) (map[string][]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var nodes []int
	for _, n := range plan.Nodes {
		if !n.Waits() && (scope == "" || dsr.InScope(n.Target, scope)) {
			nodes = append(nodes, n.Number)
		}
	}

	asked := make(map[string]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	places := map[string][]string{}
	for page, err := range l.readPages(ctx, plan, nodes, true) {
		if err != nil {
			return nil, err
		}
		number, _, err := dsr.SplitNode(page.Node)
		if err != nil {
			return nil, fmt.Errorf("looking for items on hold: %w", err)
		}
		node, _ := plan.Node(number)
		for _, item := range page.Items {
			if asked[item] && !slices.Contains(places[item], node.Target) {
				places[item] = append(places[item], node.Target)
			}
		}
	}
	return places, nil
}

// ItemWithin reports whether what was read in a target names an item of an id; ""
// is anywhere.
func (l *Ledger) ItemWithin(ctx context.Context, plan dsr.Plan, target, id string) (bool, error) {
	places, err := l.Places(ctx, plan, target, []string{id})
	return len(places) > 0, err
}

// CountPages returns how many pages of a task's generation are recorded from the
// first on without a gap.
func (l *Ledger) CountPages(ctx context.Context, t dsr.Task) (int, error) {
	n := 0
	for info, err := range l.audit.Backend().List(ctx, t.PagesOfGeneration(), "") {
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

// readPages reads the page records of some nodes, sorted, and where asked for those
// of their sub-nodes, in the order of names and some of them at once.
func (l *Ledger) readPages(ctx context.Context, plan dsr.Plan, nodes []int, subNodes bool) iter.Seq2[dsr.Page, error] {
	return func(yield func(dsr.Page, error) bool) {
		var batch []string
		for name, err := range l.pageNames(ctx, plan, nodes, subNodes) {
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

// pageNames lists the page records of some nodes, from the first to the last of
// them in one listing.
func (l *Ledger) pageNames(ctx context.Context, plan dsr.Plan, nodes []int, subNodes bool) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if len(nodes) == 0 {
			return
		}
		prefix := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}.Pages()
		last := nodes[len(nodes)-1]
		for info, err := range l.audit.Backend().List(ctx, prefix, prefix+dsr.NodeName(nodes[0])) {
			if err != nil {
				yield("", fmt.Errorf("listing the pages: %w", err))
				return
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
			if _, wanted := slices.BinarySearch(nodes, number); !wanted || (sub != "" && !subNodes) {
				continue
			}
			if !yield(info.Name, nil) {
				return
			}
		}
	}
}

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
