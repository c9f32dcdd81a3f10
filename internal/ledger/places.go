package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Places are the targets that have documents with some ids.
type Places struct {
	Of    map[string][]string // the targets, by id
	Pages int                 // the number of pages that this call read
	Done  bool                // whether all pages were read; until then Of may miss targets
}

// pagesPerCheck is how many pages are read between two looks at the clock.
const pagesPerCheck = 4 * pageReads

// Places returns, for each id, the targets in a scope where a page names a document with
// that id. A scope of "" is everywhere. The pages of the attempt must be complete, as they
// are before it deletes and after it closes.
//
// One pass over the pages serves all ids. It ends at until, after a few pages in any case,
// and the next call continues. The progress is recorded with the evidence, because deletions
// depend on it.
func (l *Ledger) Places(ctx context.Context, plan dsr.Plan, scope string, ids []string, until time.Time) (Places, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 {
		return Places{Done: true}, nil
	}
	look := dsr.Look{RequestID: plan.RequestID, Attempt: plan.Attempt, IDs: hash([]byte(strings.Join(append(ids, scope), "\x00")))}
	if err := l.resumeLook(ctx, &look); err != nil {
		return Places{}, err
	}

	isResumed := look.Number > 0
	pages, err := l.look(ctx, plan, scope, ids, &look, until)
	if err != nil {
		return Places{Pages: pages}, err
	}

	if pages > 0 && (isResumed || !look.Done) {
		look.Number++
		if look, _, err = record(ctx, l.audit, look.Blob(), look, nil); err != nil {
			return Places{Pages: pages}, err
		}
	}

	return Places{Of: look.Places, Pages: pages, Done: look.Done}, nil
}

// resumeLook reads the progress of earlier calls.
func (l *Ledger) resumeLook(ctx context.Context, look *dsr.Look) error {
	*look = look.Fresh()
	last := ""
	for info, err := range l.audit.Backend().List(ctx, look.Prefix(), "") {
		if err != nil {
			return fmt.Errorf("listing the looks for documents: %w", err)
		}
		last = info.Name // blob names sort by record number
	}
	if last == "" {
		return nil
	}

	stored, _, found, err := read[dsr.Look](ctx, l.audit, last)
	if err == nil && !found {
		err = fmt.Errorf("%s was listed and is not there: %w", last, archive.ErrNotFound)
	}
	if err == nil && stored.Blob() != last {
		err = fmt.Errorf("record %s is of another look", last)
	}
	if err != nil {
		return err
	}

	*look = stored
	return nil
}

// look continues a look and returns how many pages it has read.
func (l *Ledger) look(ctx context.Context, plan dsr.Plan, scope string, ids []string, look *dsr.Look, until time.Time) (pages int, err error) {
	if look.Done {
		return 0, nil
	}

	var nodes []int
	for _, n := range plan.Nodes {
		if !n.Waits() && (scope == "" || dsr.InScope(n.Target, scope)) {
			nodes = append(nodes, n.Number)
		}
	}

	for page, err := range l.readPages(ctx, plan, pageQuery{nodes: nodes, subNodes: true, behind: look.Behind}) {
		if err != nil {
			return pages, err
		}
		if pages > 0 && pages%pagesPerCheck == 0 && !time.Now().Before(until) {
			return pages, nil
		}
		number, _, err := dsr.SplitNode(page.Node)
		if err != nil {
			return pages, fmt.Errorf("looking for items on hold: %w", err)
		}

		node, _ := plan.Node(number)
		look.Note(page.Items, ids, node.Target)
		look.Behind = dsr.PageName(page.Node, page.Pass, page.Number)
		pages++
	}
	look.Done = true
	return pages, nil
}
