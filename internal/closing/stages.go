package closing

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

const (
	// deletionPageItems bounds the things that a page of a deleting node names.
	deletionPageItems = 1000
	// deletionChunk is how many things a task deletes: one, so that each receipt proves one
	// deletion.
	deletionChunk = 1
	// stagesTime is how long one check begins stages or gives them up. The next check
	// continues.
	stagesTime = 4 * time.Minute
	// stagesAtOnce is how many stages, or pages of one, are recorded at once.
	stagesAtOnce = 16
)

// openNodes returns the incomplete nodes in order.
func openNodes(found findings) []int { return slices.Sorted(maps.Keys(found.incomplete)) }

// sendStages sends the first task of each node that waits for nothing any more. The send
// is recorded first, as send number 1, so that two concurrent checks send the same message. more
// reports that one check had no time for all.
func (c *Reconciler) sendStages(ctx context.Context, plan dsr.Plan, deletions dsr.DeletionPlan, found findings) (more bool, err error) {
	var left atomic.Bool
	end := c.Now().Add(stagesTime)
	open := openNodes(found)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(stagesAtOnce)

	for _, stage := range deletions.Stages {
		n, ok := plan.Node(stage.Node)
		if !ok || !found.incomplete[n.Number] || n.After.MeetsAny(open) {
			continue
		}

		g.Go(dsr.Guard(func() error {
			sent, err := c.sendStage(gctx, plan.FirstTask(n), stage, end)
			if !sent {
				left.Store(true)
			}
			return err
		}))
	}

	err = g.Wait()

	return left.Load(), err
}

// sendStage sends the first task of a node. It returns false when the time was over
// first.
func (c *Reconciler) sendStage(ctx context.Context, first dsr.Task, stage dsr.Deletions, end time.Time) (bool, error) {
	if !c.Now().Before(end) {
		return false, nil
	}
	last, _, err := c.Ledger.Hops(ctx, first)
	if err != nil || last > 0 {
		return true, err // an earlier check sent it
	}

	done, err := c.recordStage(ctx, first, stage, end)
	if !done || err != nil {
		return false, err
	}
	if err := c.sendNext(ctx, first, dsr.HopStage, "its turn has come"); err != nil {
		return false, err
	}

	c.Logger.InfoContext(ctx, "a stage begins",
		"requestId", first.RequestID, "attempt", first.Attempt, "node", stage.Node, "type", first.Type, "items", stage.Things())

	return true, nil
}

// recordStage records the pages of a deleting node; a stage in parts gets a page for each
// part. done is false when the time is over: the next check continues after the recorded
// pages.
func (c *Reconciler) recordStage(ctx context.Context, first dsr.Task, stage dsr.Deletions, end time.Time) (done bool, err error) {
	if len(stage.Parts) == 0 {
		return true, ledger.RecordPages(ctx, c.Ledger, first, itemsOf(stage.Items), deletionPageItems, deletionChunk, c.Now())
	}

	recorded, err := c.Ledger.CountPages(ctx, first)
	if err != nil {
		return false, err
	}

	for batch := range slices.Chunk(stage.Parts[min(recorded, len(stage.Parts)):], stagesAtOnce) {
		if !c.Now().Before(end) {
			return false, nil
		}

		g, gctx := errgroup.WithContext(ctx)
		for i, part := range batch {
			t := first
			t.Page = first.Page + recorded + i
			g.Go(dsr.Guard(func() error { return c.recordPart(gctx, t, part, t.Page == len(stage.Parts)) }))
		}

		if err := g.Wait(); err != nil {
			return false, err
		}

		recorded += len(batch)
	}

	return true, nil
}

// recordPart records the page that names a part's things.
func (c *Reconciler) recordPart(ctx context.Context, t dsr.Task, ref dsr.PlanPartRef, last bool) error {
	items, err := c.Ledger.PlanPart(ctx, t.Of(), ref)
	if err != nil {
		return err
	}

	page := dsr.NewPage(t, itemsOf(items), nil, deletionChunk)
	page.RecordedAt = c.Now()
	if !last {
		page.State = dsr.PageNext
	}
	_, _, err = c.Ledger.RecordPage(ctx, t, page)
	return err
}

func itemsOf(things []dsr.Planned) []string {
	items := make([]string, len(things))
	for i, t := range things {
		items[i] = t.Item
	}
	return items
}
