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
	// settledAtOnce is how many tasks that are done are passed over before the time is
	// looked at.
	concludedAtOnce = 5000
)

// conclude records, of an attempt that was canceled, that no task may delete any more.
// working reports whether a task that may delete is still at work, and more whether
// there is more to settle than one check has the time for. The next one goes on behind
// the last task that is settled: a decision stands, and so does a receipt.
func (v *visit) conclude(ctx context.Context, plan dsr.Plan) (working, more bool, err error) {
	plan.Nodes = slices.DeleteFunc(slices.Clone(plan.Nodes), func(n dsr.Node) bool { return !n.Deletes() })
	at := &v.open.Checkpoint.Settled
	if !ofDeletion(plan.Nodes, at.Behind) {
		*at = dsr.Settled{} // nothing is settled, or the mark is of no task that deletes
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

// ofDeletion reports whether a receipt's name is that of a task of some nodes.
func ofDeletion(nodes []dsr.Node, receipt string) bool {
	mark, err := dsr.ParseReceiptMark("", receipt, nil, time.Time{})
	return err == nil && slices.ContainsFunc(nodes, func(n dsr.Node) bool { return dsr.NodeName(n.Number) == mark.Node })
}

// settleBatch records of some tasks that they may not delete, and notes those that may.
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

// stillAtWork leaves of some receipts' names those that are not there yet. What is no
// name is left out: it is of no task.
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
