package fanout

import (
	"cmp"
	"context"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// defaultChunkItems is the default of Intake.ChunkItems.
const defaultChunkItems = 50

// mayRetry refuses an attempt after the first unless it was ordered, the attempt before
// it is closed, and the documents of that one are still there.
func (i *Intake) mayRetry(ctx context.Context, a dsr.Attempt) error {
	_, ordered, err := i.Ledger.Retry(ctx, a)
	if err != nil {
		return err
	}
	if !ordered {
		return invalid("application property %s: nobody has ordered attempt %d; `dsr retry` does", dsr.PropAttempt, a.Number)
	}
	closed, err := i.Ledger.Closed(ctx, a.Before())
	if err != nil {
		return err
	}
	if !closed {
		return invalid("application property %s: attempt %d is not closed yet", dsr.PropAttempt, a.Number-1)
	}

	removed, err := i.Ledger.AnyRemoved(ctx, a.Before())
	if err != nil {
		return err
	}
	if removed {
		return invalid("application property %s: documents of this request were removed when their retention was over; send it under a new id", dsr.PropAttempt)
	}

	return nil
}

// retryTime bounds the time that one delivery works on the plan of a retry. The next one
// goes on where it stops.
const retryTime = 4 * time.Minute

// planRetry returns the plan of an attempt after the first. It goes on where an earlier
// delivery has stopped. It records the pages that name the failed items, so that a
// recorded plan always has its pages. An error of class Unfinished means that time ran
// out.
func (i *Intake) planRetry(ctx context.Context, a dsr.Attempt, p Parsed) (dsr.Plan, error) {
	order, _, err := i.Ledger.Retry(ctx, a)
	if err != nil {
		return dsr.Plan{}, err
	}
	before, _, err := i.Ledger.Plan(ctx, a.Before())
	if err != nil {
		return dsr.Plan{}, err
	}

	r := i.newRetryPlan(order, before)
	if err := r.addFailed(ctx, a); err != nil {
		return dsr.Plan{}, err
	}
	left := before.NotCovered
	if len(r.progress.Absent) > 0 {
		found, err := discover(ctx, i.Directory, newSearch(p.Request, i.Types))
		if err != nil {
			return dsr.Plan{}, err
		}
		r.addFound(p.Request, found, i.Types)
		left = uniqueNotCovered(slices.Concat(left, notReadWith(found)))
	}

	return dsr.Plan{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     a.RequestID,
		Attempt:       a.Number,
		Kind:          before.Kind,
		What:          before.What,
		CreatedAt:     r.created,
		Nodes:         slices.Concat([]dsr.Node{}, r.progress.Nodes),
		NotCovered:    left,
		SubNodes:      dsr.SubNodesByPlace,
	}, nil
}

// newRetryPlan returns a plan of no nodes yet. before is the plan of the attempt before.
func (i *Intake) newRetryPlan(order dsr.Retry, before dsr.Plan) *retryPlan {
	created := i.Now()
	return &retryPlan{
		ledger:     i.Ledger,
		order:      order,
		chunkItems: cmp.Or(i.ChunkItems, defaultChunkItems),
		now:        i.Now,
		until:      created.Add(retryTime),
		created:    created,
		known:      map[string]bool{},
		coarse:     typesIn(before) > dsr.MaxNode,
	}
}

// typesIn counts the types of a plan's nodes. A retry has at most one node for each.
func typesIn(p dsr.Plan) int {
	types := 0
	for _, n := range p.Nodes {
		types += 1 + len(n.Followers)
	}
	return types
}
