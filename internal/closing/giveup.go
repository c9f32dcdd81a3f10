package closing

import (
	"cmp"
	"context"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
)

// giveUpDeletions fails the nodes whose deletion has not begun: it records their first
// page as failed, then a receipt with the reason. Nodes that one check has no time for are
// left to the next.
func (c *Reconciler) giveUpDeletions(ctx context.Context, plan dsr.Plan, found findings, reason, why string) error {
	end := c.Now().Add(stagesTime)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(stagesAtOnce)

	for _, n := range plan.Nodes {
		if !n.Waits() || n.Failed != nil || !found.incomplete[n.Number] {
			continue
		}
		if !c.Now().Before(end) {
			break
		}
		g.Go(dsr.Guard(func() error { return c.giveUp(gctx, plan, n, reason, why) }))
	}

	return g.Wait()
}

// giveUp fails a node whose deletion has not begun. A node that has begun ends by its
// own tasks.
func (c *Reconciler) giveUp(ctx context.Context, plan dsr.Plan, n dsr.Node, reason, why string) error {
	typ, _ := dsr.Deletes(n.Type)
	f := dsr.Failure{
		Endpoint: cmp.Or(c.deletionRow(typ).ID, typ),
		Target:   n.Target,
		Reason:   reason,
		Error:    why,
	}
	t := plan.FirstTask(n)
	page := dsr.NewPage(t, nil, nil, deletionChunk)
	page.State, page.Failure, page.RecordedAt = dsr.PageFailed, &f, c.Now()
	stored, ref, err := c.Ledger.RecordPage(ctx, t, page)
	if err != nil || stored.State != dsr.PageFailed {
		return err
	}

	receipt := dsr.NewReceipt(t, dsr.Failed, c.Now())
	receipt.PageRecord = &ref
	receipt.Fail(f)
	_, err = c.Ledger.RecordReceipt(ctx, t, receipt)
	return err
}
