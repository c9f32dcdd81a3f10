package closing

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/survey"
)

// visit is one check of an open attempt, under a claim.
type visit struct {
	*Reconciler
	wakeUp  dsr.WakeUp
	attempt dsr.Attempt
	claim   *claim
	request dsr.RequestRecord
	open    dsr.OpenRecord
	plan    dsr.Plan
	began   time.Time
	// end is when the work is left to the next check, by the monotonic clock.
	end time.Time
}

// enough reports whether the time of the check is over.
func (v *visit) enough() bool { return !time.Now().Before(v.end) }

// run looks at what is new in the attempt, and closes it or goes on.
func (v *visit) run(ctx context.Context) error {
	plan, found, err := v.Ledger.Plan(ctx, v.attempt)
	if err != nil {
		return err
	}
	if !found {
		return v.reenqueue(ctx)
	}

	v.plan = plan
	canceled, err := v.Ledger.Canceled(ctx, v.attempt)
	if err != nil {
		return err
	}

	s := survey.New(v.Ledger, v.surveyed(plan))
	seen, err := s.Advance(ctx, v.open.From(v.began), v.enough)
	if err != nil {
		return err
	}

	v.open.Checkpoint = seen.Checkpoint
	if seen.CutShort && !canceled {
		return v.goOnSoon(ctx, seen.Receipts)
	}

	working, more, err := v.deletions(ctx, plan, seen, canceled)
	switch {
	case errors.Is(err, survey.ErrIncomplete): // the checkpoint was wrong
		v.open.Checkpoint = dsr.Checkpoint{}
		return v.goOnSoon(ctx, 0)
	case err != nil:
		return err
	case more:
		return v.goOnSoon(ctx, seen.Receipts)
	case (seen.Complete || canceled) && !working:
		return v.close(ctx, s, plan, canceled)
	}

	if err := v.sendLost(ctx, s, seen); err != nil {
		return err
	}

	return v.goOn(ctx, seen.Receipts)
}

// deletions moves on what deletes. It reports whether a task that may delete is
// still at work though the attempt was canceled, and whether there is more to do than
// one check has the time for.
func (v *visit) deletions(ctx context.Context, plan dsr.Plan, seen survey.Progress, canceled bool) (working, more bool, err error) {
	found := findingsOf(plan, seen)
	switch deletes := slices.ContainsFunc(plan.Nodes, dsr.Node.Waits); {
	case deletes && canceled:
		if working, more, err = v.conclude(ctx, plan); working && err == nil {
			err = v.settle(ctx)
		}
	case deletes && found.read(plan):
		if found, more, err = v.certain(ctx, plan, found); err != nil || more || !found.read(plan) {
			return false, more, err
		}
		more, err = v.erase(ctx, plan, v.request, found)
	}
	return working, more, err
}

// certain returns what a survey from nothing finds: no checkpoint decides what is
// deleted, or when. While a plan waits for its approval, nothing is decided by it.
func (v *visit) certain(ctx context.Context, plan dsr.Plan, found findings) (_ findings, more bool, err error) {
	_, _, fixed, err := v.Ledger.DeletionPlan(ctx, v.attempt)
	if err != nil {
		return found, false, err
	}
	_, approved, err := v.Ledger.Approval(ctx, v.attempt)
	if err != nil || (fixed && v.RequireApproval && !approved) {
		return found, false, err
	}

	seen, err := survey.New(v.Ledger, v.surveyed(plan)).Advance(ctx, dsr.Checkpoint{Since: v.began}, v.enough)
	if err != nil {
		return found, false, err
	}

	if !seen.CutShort {
		seen.Checkpoint.Looked = v.open.Checkpoint.Looked
		v.open.Checkpoint = seen.Checkpoint
	}

	return findingsOf(plan, seen), seen.CutShort, nil
}

// surveyed is the plan without what an attempt doesn't do: a dry run only reads.
func (v *visit) surveyed(plan dsr.Plan) dsr.Plan {
	if v.request.DryRun {
		return plan.Reading()
	}
	return plan
}

// close writes the manifest of an attempt that is complete or canceled. It derives
// everything from the listings again, so a checkpoint that is wrong closes nothing.
func (v *visit) close(ctx context.Context, s *survey.Survey, plan dsr.Plan, canceled bool) error {
	standing, _, closed, err := v.Ledger.Manifest(ctx, v.attempt)
	if err != nil {
		return err
	}
	parts, err := v.Ledger.GoOnParts(ctx, v.attempt, v.rows(plan), v.open.Checkpoint.Parts)
	if err != nil {
		return err
	}

	// A manifest that stands is derived by its own status: a cancel may have come since.
	canceled = canceled && (!closed || standing.Status == dsr.StatusCanceled)
	receipts := s.Receipts(ctx, survey.Resume{Behind: parts.Behind(), SubNodes: parts.NameSubNodes()}, canceled)
	if closed && canceled {
		receipts = v.namedBy(ctx, standing, receipts)
	}

	done, err := parts.Add(ctx, receipts, v.enough)
	if errors.Is(err, survey.ErrIncomplete) {
		v.open.Checkpoint = dsr.Checkpoint{}
		return v.goOnSoon(ctx, 0)
	}
	if err != nil {
		return err
	}
	if !done {
		v.open.Checkpoint.Parts = parts.Written()
		return v.goOnSoon(ctx, v.open.Checkpoint.Receipts)
	}

	// A task may have ended as canceled since the first look at that.
	if !canceled && !closed {
		if canceled, err = v.Ledger.Canceled(ctx, v.attempt); err != nil {
			return err
		}
		if canceled {
			return v.run(ctx)
		}
	}

	return v.write(ctx, parts, canceled)
}

// write writes the manifest, signs it and does what follows. Only a manifest that
// says what was just derived is signed, whoever wrote it.
func (v *visit) write(ctx context.Context, parts *ledger.Parts, canceled bool) error {
	m, derived, err := v.Ledger.Close(ctx, ledger.Closing{
		Attempt:  v.attempt,
		Request:  v.request,
		Canceled: canceled,
		At:       v.Now(),
		Worker:   v.Worker,
	}, parts)
	if err != nil {
		return err
	}

	switch {
	case derived == nil:
		v.Logger.ErrorContext(ctx, "the stored manifest is not what the records say: it stays unsigned",
			"requestId", v.attempt.RequestID, "attempt", v.attempt.Number)
		m.ClosedAt = v.Now() // its own word begins no removal
	case v.Signer != nil:
		if err := v.Ledger.Sign(ctx, v.attempt, derived, v.Signer); err != nil {
			return err
		}
	}

	return v.finish(ctx, v.attempt, m)
}

// namedBy leaves of an attempt's receipts those that its manifest names: a canceled
// attempt may get more of them after it was closed.
func (v *visit) namedBy(ctx context.Context, m dsr.Manifest, receipts iter.Seq2[dsr.ReceiptMark, error]) iter.Seq2[dsr.ReceiptMark, error] {
	return func(yield func(dsr.ReceiptMark, error) bool) {
		next, stop := iter.Pull2(v.Ledger.ManifestParts(ctx, v.attempt, m.Parts))
		defer stop()

		named, err, more := next()
		for r, failed := range receipts {
			if failed != nil {
				yield(r, failed)
				return
			}

			name := strings.TrimPrefix(r.Blob, v.attempt.Prefix())
			for more && err == nil && named.Name < name {
				named, err, more = next()
			}
			if err != nil {
				yield(r, err)
				return
			}
			if more && named.Name == name && !yield(r, nil) {
				return
			}
		}
	}
}

// goOn leaves the attempt open: it schedules the next check, gives back the claim
// with what this check leaves to it, and only then may the wake-up be completed.
func (v *visit) goOn(ctx context.Context, receipts int64) error {
	interval := v.open.NextInterval(receipts)
	now := v.Now()
	v.open.LastCheck = &dsr.Check{
		At:       now,
		Took:     now.Sub(v.began),
		Interval: interval,
		Receipts: receipts,
	}
	return v.leave(ctx, dsr.CheckAt(now, interval))
}

// goOnSoon leaves an attempt open that has work for the next check at once.
func (v *visit) goOnSoon(ctx context.Context, receipts int64) error {
	now := v.Now()
	v.open.LastCheck = &dsr.Check{At: now, Interval: dsr.FirstCheckInterval, Receipts: receipts}
	return v.leave(ctx, now)
}

func (v *visit) leave(ctx context.Context, next time.Time) error {
	if err := v.Wakeups.Follow(ctx, v.wakeUp, next); err != nil {
		return err
	}
	return v.claim.release(ctx, v.open)
}
