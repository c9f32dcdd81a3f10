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

// Places is where documents of some ids are.
type Places struct {
	Of    map[string][]string // the targets, by id
	Pages int                 // that this call has read
	Done  bool                // all pages are passed; else Of proves nothing is elsewhere
}

// lookedPages is how many pages are read before the time is looked at.
const lookedPages = 4 * pageReads

// Places returns, of some ids, the targets in a scope where a page names a document
// of that id; a scope of "" is everywhere. It passes once over the pages for all ids,
// until a time and a few in any case. A later call goes on behind what was passed: that
// is recorded with the evidence, for it decides on what is deleted. The pages must be
// complete, as those of an attempt are before it deletes, and after its closing.
func (l *Ledger) Places(ctx context.Context, plan dsr.Plan, scope string, ids []string, until time.Time) (Places, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 {
		return Places{Done: true}, nil
	}
	look := dsr.Look{RequestID: plan.RequestID, Attempt: plan.Attempt, IDs: hash([]byte(strings.Join(append(ids, scope), "\x00")))}
	if err := l.resumeLook(ctx, &look); err != nil {
		return Places{}, err
	}

	cut := look.Number > 0
	pages, err := l.look(ctx, plan, scope, ids, &look, until)
	if err != nil {
		return Places{Pages: pages}, err
	}

	if pages > 0 && (cut || !look.Done) {
		look.Number++
		if look, _, err = record(ctx, l.audit, look.Blob(), look, nil); err != nil {
			return Places{Pages: pages}, err
		}
	}

	return Places{Of: look.Places, Pages: pages, Done: look.Done}, nil
}

// resumeLook finds how far earlier calls have come.
func (l *Ledger) resumeLook(ctx context.Context, look *dsr.Look) error {
	*look = look.Fresh()
	last := ""
	for info, err := range l.audit.Backend().List(ctx, look.Prefix(), "") {
		if err != nil {
			return fmt.Errorf("listing the looks for documents: %w", err)
		}
		last = info.Name // names are in the order of their numbers
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

// look goes on with a look and returns how many pages it has read.
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

	for page, err := range l.readPages(ctx, plan, nodes, true, look.Behind) {
		if err != nil {
			return pages, err
		}
		if pages > 0 && pages%lookedPages == 0 && !time.Now().Before(until) {
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
