package closing

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/survey"
)

// erase advances a deletion once its inventory is read. It records the deletion plan,
// waits for its approval, and sends the tasks of each node that waits for nothing any
// more. Each step first looks for what an earlier or a concurrent check has recorded.
// more reports that the work takes longer than one check: the attempt must stay open.
func (c *Reconciler) erase(ctx context.Context, plan dsr.Plan, request dsr.RequestRecord, found findings) (more bool, err error) {
	if found.failedReading(plan) {
		return false, c.giveUpDeletions(ctx, plan, found, dsr.ReasonInventoryFailed,
			"nothing is deleted while something could not be read: see the other failures, then `dsr retry`")
	}

	for _, n := range plan.Nodes {
		if n.Type == dsr.ReadBack && found.incomplete[n.Number] {
			return false, c.readBack(ctx, plan, n)
		}
	}

	deletions, sum, fixed, err := c.fixDeletions(ctx, plan, request)
	if !fixed || err != nil {
		return !fixed, err
	}

	if request.DryRun {
		return false, nil
	}
	if deletions.TakesOthers() && !request.AcknowledgeOthers {
		return false, c.giveUpDeletions(ctx, plan, found, dsr.ReasonOthers,
			"it takes what is of others: see deletion-plan.json, then send the request under a new id with acknowledgeOthers")
	}
	if approved, err := c.approved(ctx, plan, sum, found); !approved || err != nil {
		return false, err
	}

	if more, err = c.sendStages(ctx, plan, deletions, found); err != nil {
		return more, err
	}

	return more, c.eraseExports(ctx, plan, found)
}

// fixDeletions returns the recorded deletion plan and its SHA-256. Where none is
// recorded it continues the planning; fixed is false until the plan is recorded.
func (c *Reconciler) fixDeletions(ctx context.Context, plan dsr.Plan, request dsr.RequestRecord) (deletions dsr.DeletionPlan, sum string, fixed bool, err error) {
	a := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}
	deletions, sum, fixed, err = c.Ledger.DeletionPlan(ctx, a)
	if err != nil {
		return deletions, sum, false, err
	}

	if !fixed {
		made, done, err := c.planDeletions(ctx, plan, request)
		if !done || err != nil {
			return made, "", false, err
		}
		if deletions, sum, err = c.Ledger.RecordDeletionPlan(ctx, made); err != nil {
			return deletions, sum, false, err
		}
	}

	return deletions, sum, true, c.Ledger.RemovePlanning(ctx, a)
}

// eraseExports sends the task that removes the documents of earlier exports of the same
// places. It comes after all other deletions.
func (c *Reconciler) eraseExports(ctx context.Context, plan dsr.Plan, found findings) error {
	n := plan.Nodes[len(plan.Nodes)-1]
	if n.Type != dsr.EraseExports || !found.incomplete[n.Number] || n.After.MeetsAny(openNodes(found)) {
		return nil
	}

	first := plan.FirstTask(n)
	last, _, err := c.Ledger.Hops(ctx, first)
	if err != nil || last > 0 {
		return err
	}
	if err := c.recordCopies(ctx, first); err != nil {
		return err
	}

	return c.sendNext(ctx, first, dsr.HopStage, "all else is deleted")
}

// readBackReceipts bounds the receipts that one task reads back.
const readBackReceipts = 20

// readBack sends the tasks that read the export back before anything is deleted. Their
// items are the names of the export's receipts.
func (c *Reconciler) readBack(ctx context.Context, plan dsr.Plan, n dsr.Node) error {
	first := plan.FirstTask(n)
	last, _, err := c.Ledger.Hops(ctx, first)
	if err != nil || last > 0 {
		return err
	}

	var names []string
	for mark, err := range survey.Complete(ctx, c.Ledger, plan.Reading()) {
		if err != nil {
			return err
		}
		names = append(names, strings.TrimPrefix(mark.Blob, first.Of().Prefix()))
	}
	if err := ledger.RecordPages(ctx, c.Ledger, first, names, deletionPageItems, readBackReceipts, c.Now()); err != nil {
		return err
	}

	return c.sendNext(ctx, first, dsr.HopStage, "the export is read back")
}

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

func (c *Reconciler) deletionRow(typ string) dsr.DeletionType {
	for _, row := range c.Deletions {
		if row.Type == typ {
			return row
		}
	}
	return dsr.DeletionType{}
}

// maxPlans is the number of the last attempt that a request gets without `dsr retry`.
const maxPlans = 5

// orderNextAttempt orders another attempt of a request when a container has grown since
// its deletion plan was approved. The next attempt plans again, and its plan waits for an
// approval of its own.
func (c *Reconciler) orderNextAttempt(ctx context.Context, a dsr.Attempt, m dsr.Manifest) error {
	grown := slices.ContainsFunc(m.Failures, func(f dsr.Failure) bool { return f.Reason == dsr.ReasonGrownSincePlan })
	if !grown || a.Number >= maxPlans {
		return nil
	}

	next := dsr.Attempt{RequestID: a.RequestID, Number: a.Number + 1}
	if _, planned, err := c.Ledger.Plan(ctx, next); planned || err != nil {
		return err
	}

	_, sum, _, err := c.Ledger.Manifest(ctx, a)
	if err != nil {
		return err
	}
	if _, err := c.Ledger.RecordRetry(ctx, dsr.Retry{
		RequestID:   a.RequestID,
		Attempt:     next.Number,
		Previous:    dsr.HashRef{SHA256: sum},
		RequestedAt: c.Now().UTC(),
	}); err != nil {
		return err
	}

	request, found, err := c.Ledger.Request(ctx, a.RequestID)
	if err != nil || !found {
		return err
	}

	return c.resendRequest(ctx, next, request)
}
