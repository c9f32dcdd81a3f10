package closing

import (
	"context"
	"errors"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/survey"
)

// visit is one check of the reconciler on an open attempt, under a claim.
type visit struct {
	*Reconciler
	wakeUp  dsr.WakeUp
	attempt dsr.Attempt
	claim   *claim
	request dsr.RequestRecord
	open    dsr.OpenRecord
	plan    dsr.Plan
	began   time.Time
	// end is when the rest is left to the next check, by the monotonic clock.
	end time.Time
}

// claimAndRun claims the attempt, whose record was read in a version, and checks it. It
// returns errClaimLost when another reconciler has the claim, or takes it meanwhile.
func (v *visit) claimAndRun(ctx context.Context, version ledger.Version) error {
	if v.open.Claim != "" && version.Age <= dsr.ClaimExpires {
		return errClaimLost
	}

	held, taken, err := v.take(ctx, v.open, version)
	if err != nil {
		return err
	}
	if !taken {
		return errClaimLost
	}

	v.claim, v.began, v.end = held, v.Now(), time.Now().Add(checkTime)

	return held.hold(ctx, v.run)
}

// enough reports whether the check's time is over.
func (v *visit) enough() bool { return !time.Now().Before(v.end) }

// run looks at what is new in the attempt, and closes it or goes on.
func (v *visit) run(ctx context.Context) error {
	v.tell(ctx, v.attempt, v.request, nil)

	plan, found, err := v.Ledger.Plan(ctx, v.attempt)
	if err != nil {
		return err
	}
	if !found {
		return v.reEnqueue(ctx)
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

// deletions advances the deletions of a plan, or concludes them if the attempt was
// canceled. working reports whether a task of a canceled attempt may still delete. more
// reports that the work takes longer than one check.
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

// certain returns the findings of a survey without a checkpoint, because no checkpoint may
// decide what is deleted or when. While the plan waits for its approval nothing depends on
// the findings, and it returns them unchanged.
func (v *visit) certain(ctx context.Context, plan dsr.Plan, found findings) (_ findings, more bool, err error) {
	_, _, fixed, err := v.Ledger.DeletionPlan(ctx, v.attempt)
	if err != nil {
		return found, false, err
	}
	_, approved, err := v.Ledger.Approval(ctx, v.attempt)
	awaitsApproval := fixed && v.RequireApproval && !approved
	if err != nil || awaitsApproval {
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

// surveyed returns the part of the plan that the attempt carries out: a dry run only
// reads.
func (v *visit) surveyed(plan dsr.Plan) dsr.Plan {
	if v.request.DryRun {
		return plan.Reading()
	}
	return plan
}

// goOn leaves the attempt open. It schedules the next wake-up, then releases the claim
// with the state for the next check; only then may this wake-up be completed.
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

// goOnSoon leaves an attempt open whose next check has work at once.
func (v *visit) goOnSoon(ctx context.Context, receipts int64) error {
	now := v.Now()
	v.open.LastCheck = &dsr.Check{At: now, Interval: dsr.FirstCheckInterval, Receipts: receipts}
	return v.leave(ctx, now)
}

// leave ends a check that leaves the attempt open. The check that the wake-up asked for has
// been made, so the next one is an ordinary one.
func (v *visit) leave(ctx context.Context, next time.Time) error {
	v.tell(ctx, v.attempt, v.request, nil)

	checked := v.wakeUp
	checked.Last = false
	if err := v.Wakeups.Follow(ctx, checked, next); err != nil {
		return err
	}
	return v.claim.release(ctx, v.open)
}
