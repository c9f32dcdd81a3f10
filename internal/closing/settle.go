package closing

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// settledAtOnce is how many tasks of a canceled deletion one check asks for again.
const settledAtOnce = 100

// settle sends again, now, the tasks of a canceled deletion that may have deleted and wait
// for their next try: the thing shows what became of it, and nothing else is waited for.
// Those that the upstream has asked to wait are left alone.
func (v *visit) settle(ctx context.Context) error {
	sent := 0
	for _, name := range v.open.Checkpoint.Settled.AtWork {
		if sent == settledAtOnce || v.enough() {
			return nil
		}

		mark, err := dsr.ParseReceiptMark("", name, nil, time.Time{})
		if err != nil {
			continue
		}
		again, err := v.tryNow(ctx, mark.Task(v.attempt))
		if err != nil {
			return err
		}
		if again {
			sent++
		}
	}
	return nil
}

// tryNow sends a task again whose next try is later; false where there is none, or
// where it is about to come.
func (v *visit) tryNow(ctx context.Context, t dsr.Task) (bool, error) {
	last, _, err := v.Ledger.Hops(ctx, t)
	if err != nil || last == 0 || last >= dsr.MaxHop {
		return false, err
	}
	hop, found, err := v.Ledger.Hop(ctx, t, last)
	if err != nil || !found {
		return false, err
	}

	if hop.Class != dsr.HopTransient || hop.NotBefore.Sub(v.Now()) < pauseAfterFailure {
		return false, nil
	}
	if named, err := v.named(ctx, t); !named || err != nil {
		return false, err
	}

	t.Hop = last
	v.Logger.InfoContext(ctx, "asks at once what became of a deletion of a canceled request",
		"requestId", t.RequestID, "taskId", t.ID(), "hop", last+1)

	return true, v.sendNext(ctx, t, dsr.HopStage, "the request is canceled, so what became of the deletion is looked at now")
}
