package fanout

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"azureml-dsr/internal/dsr"
)

const (
	// holdsFresh is how long the holds that were read are used.
	holdsFresh = time.Minute
	// mostVerdicts is how many attempts' verdicts a process keeps.
	mostVerdicts = 5000
)

// HoldLedger tells what is on hold and what that keeps.
type HoldLedger interface {
	Holds(ctx context.Context) ([]dsr.Hold, error)
	CopyHeld(ctx context.Context, a dsr.Attempt, holds []dsr.Hold) (dsr.Hold, bool, error)
}

// holdKeeper tells which hold keeps an expired attempt. To find out may take the
// reading of all that the attempt has listed, which does not change long after its
// closing: a verdict stands while the holds in force are the same.
type holdKeeper struct {
	mu       sync.Mutex
	readAt   time.Time
	read     []dsr.Hold
	under    string // the holds in force by which the verdicts were found
	verdicts map[dsr.Attempt]verdict
}

type verdict struct {
	hold dsr.Hold
	kept bool
}

// forget makes the next question read the holds anew.
func (k *holdKeeper) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.readAt = time.Time{}
}

// keeps gives the hold that keeps what an attempt has exported; false when none
// does.
func (k *holdKeeper) keeps(ctx context.Context, from HoldLedger, a dsr.Attempt, now time.Time) (dsr.Hold, bool, error) {
	holds, err := k.inForce(ctx, from, now)
	if err != nil || len(holds) == 0 {
		return dsr.Hold{}, false, err
	}
	under := signature(holds)
	if v, known := k.verdict(a, under); known {
		return v.hold, v.kept, nil
	}

	hold, kept, err := from.CopyHeld(ctx, a, holds)
	if err == nil {
		k.keep(a, under, verdict{hold, kept})
	}
	return hold, kept, err
}

// inForce gives the holds in force, read a moment ago at most.
func (k *holdKeeper) inForce(ctx context.Context, from HoldLedger, now time.Time) ([]dsr.Hold, error) {
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

func (k *holdKeeper) verdict(a dsr.Attempt, under string) (verdict, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v, known := k.verdicts[a]
	return v, known && k.under == under
}

func (k *holdKeeper) keep(a dsr.Attempt, under string, v verdict) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.under != under || len(k.verdicts) >= mostVerdicts {
		k.under, k.verdicts = under, map[dsr.Attempt]verdict{}
	}
	k.verdicts[a] = v
}

// signature tells one set of holds from another.
func signature(holds []dsr.Hold) string {
	var b strings.Builder
	for _, h := range holds {
		fmt.Fprintf(&b, "%q %d %q\n", h.ID, h.Number, h.On)
	}
	return b.String()
}
