package closing

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// errClaimLost means that another reconciler has the claim, or that the claim could not
// be renewed in time.
var errClaimLost = errors.New("another reconciler has claimed the attempt")

// claim is the right to check an attempt. One reconciler has it at a time. Two at
// once do no harm; the claim only saves work.
type claim struct {
	ledger *ledger.Ledger

	// These belong to the goroutine that renews the claim, until stop has returned.
	record  dsr.OpenRecord
	version ledger.Version
	sent    time.Time // when the write that holds the claim was sent

	stopping chan struct{}
	stopOnce sync.Once
	stopped  chan struct{}
}

// take claims an attempt: it writes a random id into its record, on condition that the
// record still has the version that was read. It returns false when another reconciler
// was quicker.
func (c *Reconciler) take(ctx context.Context, open dsr.OpenRecord, v ledger.Version) (*claim, bool, error) {
	open.Claim = uuid.NewString()
	l := &claim{
		ledger:   c.Ledger,
		record:   open,
		sent:     time.Now(),
		stopping: make(chan struct{}),
		stopped:  make(chan struct{}),
	}

	var err error
	l.version, err = c.Ledger.SwapOpen(ctx, open, v)
	if errors.Is(err, archive.ErrChanged) {
		return nil, false, nil
	}

	return l, err == nil, err
}

// hold calls check under the claim and renews the claim meanwhile. The context of check
// ends when the claim is lost, or may be.
func (l *claim) hold(ctx context.Context, check func(context.Context) error) error {
	checkCtx, end := context.WithCancelCause(ctx)
	defer end(nil)

	go func() {
		defer close(l.stopped)
		if err := dsr.Guard(func() error { return l.renewUntilStopped(ctx) })(); err != nil {
			end(err)
		}
	}()

	defer l.stop()

	err := check(checkCtx)
	if cause := context.Cause(checkCtx); err != nil && errors.Is(cause, errClaimLost) {
		return cause
	}

	return err
}

// stop ends the renewals, and waits for one that is in flight.
func (l *claim) stop() {
	l.stopOnce.Do(func() { close(l.stopping) })
	<-l.stopped
}

// renewUntilStopped renews the claim every dsr.ClaimRenewal. It returns an error when
// the claim is lost.
func (l *claim) renewUntilStopped(ctx context.Context) error {
	tick := time.NewTicker(dsr.ClaimRenewal)
	defer tick.Stop()

	for {
		select {
		case <-l.stopping:
			return nil
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}

		if err := l.renew(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// renew writes the claim again. When storage fails the claim is not lost yet: the next
// renewal may still be in time.
func (l *claim) renew(ctx context.Context) error {
	sent := time.Now()
	version, err := l.ledger.SwapOpen(ctx, l.record, l.version)
	switch {
	case err == nil:
		l.version, l.sent = version, sent
		return nil
	case errors.Is(err, archive.ErrChanged):
		return errClaimLost
	case time.Since(l.sent) > dsr.ClaimExpires-dsr.ClaimRenewal:
		return errClaimLost
	default:
		return nil
	}
}

// release gives up the claim and stores the state that the next check starts from. A
// refused write is no error: another reconciler has the claim by then.
func (l *claim) release(ctx context.Context, open dsr.OpenRecord) error {
	l.stop()
	open.Claim = ""
	_, err := l.ledger.SwapOpen(ctx, open, l.version)
	if errors.Is(err, archive.ErrChanged) {
		return nil
	}
	return err
}
