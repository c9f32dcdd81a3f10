package verify

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"azureml-dsr/internal/dsr"
)

// figures are what a receipt must say according to the entries of its parts.
type figures struct {
	totals    dsr.Totals
	subNodes  []dsr.SubNode
	failures  []dsr.Failure
	deletions []dsr.DeletionProof
	counted   int64
	matching  int64
}

// add adds an entry. An entry that was handed over to a sub-node is not counted.
func (f *figures) add(e entry, target string) {
	if e.SubNode != "" {
		f.subNodes = append(f.subNodes, dsr.SubNode{Node: e.SubNode, Item: e.Item})
		return
	}

	f.count(e)

	if e.Inventory != nil {
		f.counted++
	}
	if e.Inventory != nil && e.SubjectMatches > 0 {
		f.matching++
	}
	if e.Deletion != nil {
		f.deletions = append(f.deletions, *e.Deletion)
	}

	if e.Error != nil {
		f.failures = append(f.failures, dsr.Failure{
			Endpoint: e.Endpoint,
			Target:   target,
			Item:     e.Item,
			Reason:   e.Error.Code,
			Error:    e.Error.Message,
		})
	}
}

// absent are the statuses that say, in an entry without an error, that something is not there.
var absent = []int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusBadRequest}

// count adds an entry to the counts of its row.
func (f *figures) count(e entry) {
	c := dsr.Counts{Calls: 1, Bytes: e.bytes, Left: int64(e.Left)}
	if e.hasDocument {
		c.Documents++
	}
	if e.Content != nil {
		c.Bytes += e.Content.Size
	}
	if e.Deletion != nil && e.Deletion.Outcome == dsr.OutcomeDeleted {
		c.Documents++
	}

	if e.Error != nil {
		c.Failed++
	} else if slices.Contains(absent, e.Status) {
		c.Gone++
	}

	addTotals(f.totals, dsr.Totals{e.Endpoint: c})
}

// repeated adds the number of ids that a page repeats to the counts of its list's row.
func (f *figures) repeated(endpoint string, n int) {
	if n > 0 {
		addTotals(f.totals, dsr.Totals{endpoint: {Repeated: int64(n)}})
	}
}

// allFailed reports whether there are only failures.
func (f *figures) allFailed() bool {
	if len(f.failures) == 0 || len(f.subNodes) > 0 {
		return false
	}
	for _, c := range f.totals {
		if c.Documents > 0 || c.Gone > 0 || c.Left > 0 {
			return false
		}
	}
	return true
}

// run checks the receipt's claims about its task, page and parts.
func (c *receiptCheck) run(ctx context.Context) error {
	r := c.receipt
	if why := notOf(c.task, r); why != "" {
		c.v.fault(FaultInconsistent, c.name, "%s", why)
	}

	c.checkDeletions()

	if c.node != nil {
		c.partNames()
		c.checkNoAnswer()
		if err := c.checkLeftAnswer(ctx); err != nil {
			return err
		}
	}

	derived := figures{totals: dsr.Totals{}}
	complete, err := c.parts(ctx, r.Parts, &derived)
	if err != nil || !complete || c.node == nil || (c.page == nil && r.Outcome != dsr.Canceled) {
		return err
	}

	c.compare(derived)
	c.checkSubNodes()

	return nil
}

// compare checks the receipt's figures against those of its parts. A task
// without parts has failed as a whole or was canceled.
func (c *receiptCheck) compare(derived figures) {
	r := c.receipt
	outcome := dsr.Succeeded
	switch {
	case len(r.Parts) > 0:
		for same, of := range c.v.opts.Same {
			if counts, ok := derived.totals[of]; ok {
				derived.totals[same] = counts
			}
		}
		if derived.allFailed() {
			outcome = dsr.Failed
		}

	case r.Outcome == dsr.Canceled:
		outcome = dsr.Canceled
	case len(r.Failures) == 1:
		outcome = dsr.Failed
		derived.failures = r.Failures
		derived.totals[r.Failures[0].Endpoint] = dsr.Counts{Failed: 1}
	}

	if r.Outcome != outcome || (r.Outcome == dsr.Succeeded && len(r.Parts) == 0) {
		c.v.fault(FaultInconsistent, c.name, "its outcome does not follow from its parts")
	}
	if !maps.Equal(r.Totals, derived.totals) {
		c.v.fault(FaultInconsistent, c.name, "its totals are not those of its parts")
	}
	if r.Counted != derived.counted || r.Matching != derived.matching || !slices.EqualFunc(r.Deletions, derived.deletions, equalJSON) {
		c.v.fault(FaultInconsistent, c.name, "its deletions or counts are not those of its parts")
	}
	if !slices.Equal(r.SubNodes, derived.subNodes) || !slices.Equal(r.Failures, derived.failures) {
		c.v.fault(FaultInconsistent, c.name, "its subNodes or failures are not those of its parts")
	}
}

// checkSubNodes checks the names of sub-nodes against their items.
func (c *receiptCheck) checkSubNodes() {
	if len(c.receipt.SubNodes) == 0 || c.page == nil {
		return
	}
	if c.task.IsSubNode() {
		c.v.fault(FaultInconsistent, c.name, "a sub-node has no sub-nodes, and it names some")
		return
	}

	types, chunk := typesInOrder(*c.node), chunkOf(c.page.value, c.task.Chunk)
	for _, sub := range c.receipt.SubNodes {
		if !namesSubNode(c.task, types, chunk, sub) {
			c.v.fault(FaultInconsistent, c.name, "the name of a sub-node follows neither from its item's place nor from its item")
		}
	}
}

// equalJSON compares values by their JSON, because equal times may have unequal structs.
func equalJSON(a, b dsr.DeletionProof) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
