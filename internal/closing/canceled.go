package closing

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

const (
	// decisionsAtOnce is how many decisions are recorded, or receipts looked for, at once.
	decisionsAtOnce = 16
	// concludedAtOnce is how many completed tasks are passed over before the clock is
	// checked.
	concludedAtOnce = 5000
)

// conclude decides, for each task of a canceled attempt that could still delete, that it
// may not. working reports whether a task that was allowed to delete is still running.
// more reports that the work takes longer than one check. The next check continues after the
// last decided task, because decisions and receipts are final.
func (v *visit) conclude(ctx context.Context, plan dsr.Plan) (working, more bool, err error) {
	plan.Nodes = slices.DeleteFunc(slices.Clone(plan.Nodes), func(n dsr.Node) bool { return !n.Deletes() })
	at := &v.open.Checkpoint.Settled
	if !ofDeletion(plan.Nodes, at.Behind) {
		*at = dsr.Settled{} // nothing is decided yet, or the mark names no task that deletes
	}

	if at.AtWork, err = v.stillAtWork(ctx, at.AtWork); err != nil {
		return false, false, err
	}

	passed := 0
	var batch []dsr.Task
	for t, err := range survey.New(v.Ledger, plan).TasksBehind(ctx, at.Behind) {
		if err != nil {
			return false, false, err
		}

		if !t.Done {
			batch = append(batch, t.Task)
		}
		if passed++; len(batch) < decisionsAtOnce && passed%concludedAtOnce != 0 {
			continue
		}

		if err := v.concludeBatch(ctx, batch); err != nil {
			return false, false, err
		}

		at.Behind, batch = t.Task.ReceiptName(), batch[:0]
		if len(at.AtWork) >= dsr.MaxAtWork {
			return true, false, nil
		}
		if v.enough() {
			return len(at.AtWork) > 0, true, nil
		}
	}

	err = v.concludeBatch(ctx, batch)
	return len(at.AtWork) > 0, false, err
}

// ofDeletion reports whether a receipt's name belongs to a task of one of the nodes.
func ofDeletion(nodes []dsr.Node, receipt string) bool {
	mark, err := dsr.ParseReceiptMark("", receipt, nil, time.Time{})
	return err == nil && slices.ContainsFunc(nodes, func(n dsr.Node) bool { return dsr.NodeName(n.Number) == mark.Node })
}

// concludeBatch decides that the tasks may not delete. It notes those that an earlier
// decision allows.
func (v *visit) concludeBatch(ctx context.Context, batch []dsr.Task) error {
	may := make([]bool, len(batch))
	g, gctx := errgroup.WithContext(ctx)
	for i, t := range batch {
		g.Go(dsr.Guard(func() error {
			d, err := v.Ledger.RecordDecision(gctx, t, dsr.Decision{
				Verdict:   dsr.No,
				Reason:    dsr.ReasonCanceled,
				DecidedAt: v.Now().UTC(),
			})
			may[i] = d.Verdict == dsr.Go
			return err
		}))
	}
	if err := g.Wait(); err != nil {
		return err
	}

	for i, t := range batch {
		if may[i] {
			v.open.Checkpoint.Settled.AtWork = append(v.open.Checkpoint.Settled.AtWork, t.ReceiptName())
		}
	}

	return nil
}

// stillAtWork returns those of the receipts' names that are not recorded yet. It drops a
// text that is no receipt's name, because it belongs to no task.
func (v *visit) stillAtWork(ctx context.Context, names []string) ([]string, error) {
	missing := make([]bool, len(names))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(decisionsAtOnce)

	for i, name := range names {
		mark, err := dsr.ParseReceiptMark("", name, nil, time.Time{})
		if err != nil {
			continue
		}

		g.Go(dsr.Guard(func() error {
			_, done, err := v.Ledger.Receipt(gctx, mark.Task(v.attempt))
			missing[i] = !done
			return err
		}))
	}
	if err := g.Wait(); err != nil {
		return names, err
	}

	var left []string
	for i, name := range names {
		if missing[i] {
			left = append(left, name)
		}
	}

	return left, nil
}
