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

// errClaimLost ends a check whose claim another reconciler has taken, or that could not
// be renewed in time.
var errClaimLost = errors.New("another reconciler looks at the attempt")

// claim is the right to look at an attempt, which one reconciler has at a time. Two at
// once would do no harm: it saves work.
type claim struct {
	ledger *ledger.Ledger

	// Of the goroutine that renews the claim, until stop has returned.
	record  dsr.OpenRecord
	version ledger.Version
	sent    time.Time // when the write that holds the claim was sent

	stopping chan struct{}
	stopOnce sync.Once
	stopped  chan struct{}
}

// take claims an attempt by writing a random id into the version of its record that
// was read. False when another reconciler was quicker.
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

// hold runs a check under the claim and renews the claim beside it. The check's
// context ends when the claim is lost, or may be.
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

// stop ends the renewing, after a renewal that is on its way.
func (l *claim) stop() {
	l.stopOnce.Do(func() { close(l.stopping) })
	<-l.stopped
}

// renewUntilStopped renews the claim from time to time. An error says that it is lost.
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

// renew writes the claim again. A failure of storage is no loss yet: the next renewal
// may come in time.
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

// release returns the claim back with what the check leaves to the next one. Whoever is
// refused leaves it: another reconciler has it.
func (l *claim) release(ctx context.Context, open dsr.OpenRecord) error {
	l.stop()
	open.Claim = ""
	_, err := l.ledger.SwapOpen(ctx, open, l.version)
	if errors.Is(err, archive.ErrChanged) {
		return nil
	}
	return err
}
