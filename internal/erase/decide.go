package erase

import (
	"context"
	"time"

	"github.com/google/uuid"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// decide returns whether the task may delete. That is decided once, and whoever finds
// the decision keeps to it. Another delivery that has decided may have sent the DELETE.
func (d *deletion) decide(ctx context.Context) (dsr.Decision, error) {
	stored, found, err := d.ledger.Decision(ctx, d.job.Task)
	if err != nil {
		return dsr.Decision{}, err
	}
	if found {
		d.raise(maybeSent)
		return stored, nil
	}

	verdict, reason, err := d.verdict(ctx)
	if err != nil {
		return dsr.Decision{}, err
	}
	own := dsr.Decision{
		Verdict:   verdict,
		Reason:    reason,
		DecidedAt: d.opts.Now().UTC(),
		By:        uuid.NewString(),
	}
	stored, err = d.ledger.RecordDecision(ctx, d.job.Task, own)
	if err != nil {
		return dsr.Decision{}, err
	}

	if stored.By != own.By {
		d.raise(maybeSent)
	}

	return stored, nil
}

func (d *deletion) verdict(ctx context.Context) (verdict, reason string, err error) {
	for _, check := range []struct {
		reason string
		stops  func(context.Context) (bool, error)
	}{
		{dsr.ReasonCanceled, d.canceled},
		{dsr.ReasonNotApproved, d.notApproved},
		{dsr.ReasonDependencyFailed, d.dependencyFailed},
		{dsr.ReasonHeld, d.held},
	} {
		stops, err := check.stops(ctx)
		if err != nil {
			return "", "", err
		}
		if stops {
			return dsr.No, check.reason, nil
		}
	}
	return dsr.Go, "", nil
}

func (d *deletion) canceled(ctx context.Context) (bool, error) {
	return d.ledger.Canceled(ctx, d.job.Task.Of())
}

// notApproved reports whether nobody has approved the plan that is carried out.
func (d *deletion) notApproved(ctx context.Context) (bool, error) {
	if !d.opts.RequireApproval {
		return false, nil
	}
	a := d.job.Task.Of()
	_, sum, _, err := d.ledger.DeletionPlan(ctx, a)
	if err != nil {
		return false, err
	}
	approval, found, err := d.ledger.Approval(ctx, a)
	return !found || approval.PlanSHA256 != sum, err
}

func (d *deletion) dependencyFailed(ctx context.Context) (bool, error) {
	return d.failedBefore(ctx, d.job)
}

// failedBefore reports whether a failure before a job stops it.
func (w *Worker) failedBefore(ctx context.Context, job task.Job) (bool, error) {
	if rowOf(job).Regardless {
		return false, nil
	}
	return w.ledger.AnyFailed(ctx, job.Task.Of(), job.Node.After)
}

// held reports whether a hold keeps the thing. The hold may be on the thing, on what it
// is in or hangs below, or on something in it or below it.
func (d *deletion) held(ctx context.Context) (bool, error) {
	holds, err := d.ledger.Holds(ctx)
	if err != nil {
		return false, err
	}
	item := d.proof.Item
	if d.row.Container {
		item = ""
	}
	holds = append(holds, d.holds...)
	for _, name := range append([]string{item}, d.planned.Under...) {
		_, kept, err := dsr.KeepsItem(holds, d.opts.Now(), d.job.Node.Target, name, d.row.Inner, func(target string, ids []string) (map[string][]string, error) {
			return d.places(ctx, target, ids)
		})
		if kept || err != nil {
			return kept, err
		}
	}

	return d.heldBelow(ctx, dsr.HoldsAt(holds, d.opts.Now()))
}

// places finds the documents that holds name in a target. Where one invocation is too
// short for all pages, the next ones go on; nothing is decided before the last page.
func (d *deletion) places(ctx context.Context, target string, ids []string) (map[string][]string, error) {
	places, err := d.ledger.Places(ctx, d.plan, target, ids, time.Now().Add(d.opts.WalkTime))
	if err != nil || places.Done || len(places.Of) > 0 {
		return places.Of, err
	}
	return nil, &dsr.Error{
		Class:    dsr.Unfinished,
		Reason:   dsr.ReasonTransient,
		Message:  "the pages are more than one invocation can look through for documents on hold",
		Progress: places.Pages,
	}
}
