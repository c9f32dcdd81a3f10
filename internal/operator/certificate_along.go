package operator

import (
	"context"
	"hash/fnv"
	"slices"
	"strings"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// companions note what a request has deleted, and what was gone before its own turn. They keep
// eight bytes of each name.
type companions struct {
	deleted    []uint64 // by row, space and item
	gone       []uint64 // by row, space and item
	containers []string // targets that were deleted as a whole
}

// add notes a proof.
func (c *companions) add(d dsr.DeletionProof) {
	switch d.Outcome {
	case dsr.OutcomeDeleted:
		c.deleted = append(c.deleted, nameHash(d.Endpoint, d.Target, d.Item))
		if strings.EqualFold(d.Item, d.Target) {
			c.containers = append(c.containers, d.Target)
		}
	case dsr.OutcomeAlreadyGone:
		c.gone = append(c.gone, nameHash(d.Endpoint, d.Target, d.Item))
	}
}

func nameHash(row, target, item string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(row + "\x00" + strings.ToLower(dsr.SpaceOf(target)+"\x00"+item))) // a hash never fails
	return h.Sum64()
}

// takenAlong counts, by row, what was gone before its turn because the request had deleted
// what it belongs to: the job of a run, the run of metrics, a job's pipeline, or the workspace
// that all of them are in.
func (o *Operator) takenAlong(ctx context.Context, plan dsr.DeletionPlan, c *companions) (map[string]int, error) {
	taken := map[string]int{}
	if len(c.gone) == 0 || len(c.deleted) == 0 {
		return taken, nil
	}
	slices.Sort(c.deleted)
	slices.Sort(c.gone)
	kin := kinOfRows()

	for t, err := range o.things(ctx, plan) {
		if err != nil {
			return nil, err
		}
		if has(c.gone, nameHash(t.stage.Endpoint, t.stage.Target, t.Item)) && c.took(t, kin[t.stage.Endpoint]) {
			taken[t.stage.Endpoint]++
		}
	}
	return taken, nil
}

// took reports whether something that was deleted has taken a thing along. rows are those
// whose deletions may do that.
func (c *companions) took(t plannedThing, rows []string) bool {
	for _, name := range append([]string{t.Item}, t.Under...) {
		for _, row := range rows {
			if has(c.deleted, nameHash(row, t.stage.Target, name)) {
				return true
			}
		}
	}
	return slices.ContainsFunc(c.containers, func(target string) bool { return dsr.InScope(t.stage.Target, target) })
}

func has(sorted []uint64, name uint64) bool {
	_, found := slices.BinarySearch(sorted, name)
	return found
}

// kinOfRows returns, for each row, the rows whose deletions may take its things along: itself,
// for what hangs below a thing of its own kind, the row to which its DELETE goes, the row whose
// items it deletes from, and what takes the things of these.
func kinOfRows() map[string][]string {
	rows := azureml.DeleteOperations()
	kin := map[string][]string{}
	for _, d := range rows {
		kin[d.ID] = withKin(nil, d, rows)
	}
	return kin
}

func withKin(found []string, d azureml.DeleteOperation, rows []azureml.DeleteOperation) []string {
	if slices.Contains(found, d.ID) {
		return found
	}
	found = append(found, d.ID)
	for _, other := range rows {
		if other.Reads == d.By || other.Reads == d.ItemsOf {
			found = withKin(found, other, rows)
		}
	}
	return found
}
