package closing

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

const (
	// holdsFresh is how long a list of holds is used before it is read again.
	holdsFresh = time.Minute
	// mostVerdicts bounds the verdicts that a process keeps.
	mostVerdicts = 5000
)

// holdKeeper finds the hold that keeps an expired attempt. That may take reading every
// page of the attempt. Pages of a closed attempt no longer change, so a verdict is cached
// while the holds in force are the same.
type holdKeeper struct {
	mu       sync.Mutex
	readAt   time.Time
	read     []dsr.Hold
	under    string // the signature of the holds that the verdicts were found by
	verdicts map[dsr.Attempt]ledger.CopyHold
}

// forget makes the next call of keeps read the holds again.
func (k *holdKeeper) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.readAt = time.Time{}
}

// keeps returns the hold that keeps what an attempt has exported, if one does. When until
// passes before that is known, a later call continues.
func (k *holdKeeper) keeps(ctx context.Context, from *ledger.Ledger, a dsr.Attempt, now, until time.Time) (ledger.CopyHold, error) {
	holds, err := k.inForce(ctx, from, now)
	if err != nil || len(holds) == 0 {
		return ledger.CopyHold{Done: err == nil}, err
	}
	under := signature(holds)
	if v, known := k.verdict(a, under); known {
		return v, nil
	}

	held, err := from.CopyHeld(ctx, a, holds, until)
	if err == nil && held.Done {
		k.keep(a, under, held)
	}

	return held, err
}

// inForce returns the holds in force, at most holdsFresh old.
func (k *holdKeeper) inForce(ctx context.Context, from *ledger.Ledger, now time.Time) ([]dsr.Hold, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.readAt.IsZero() && time.Since(k.readAt) < holdsFresh {
		return dsr.HoldsAt(k.read, now), nil
	}
	holds, err := from.Holds(ctx)
	if err != nil {
		return nil, err
	}
	k.read, k.readAt = holds, time.Now()
	return dsr.HoldsAt(holds, now), nil
}

func (k *holdKeeper) verdict(a dsr.Attempt, under string) (ledger.CopyHold, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v, known := k.verdicts[a]
	return v, known && k.under == under
}

func (k *holdKeeper) keep(a dsr.Attempt, under string, v ledger.CopyHold) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.under != under || len(k.verdicts) >= mostVerdicts {
		k.under, k.verdicts = under, map[dsr.Attempt]ledger.CopyHold{}
	}
	k.verdicts[a] = v
}

// signature returns a text that is equal for equal sets of holds.
func signature(holds []dsr.Hold) string {
	var b strings.Builder
	for _, h := range holds {
		fmt.Fprintf(&b, "%q %d %q\n", h.ID, h.Number, h.On)
	}
	return b.String()
}
