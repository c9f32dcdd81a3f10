package fanout

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

// errClaimLost ends a check whose claim another closer has taken, or that could not
// be renewed in time.
var errClaimLost = errors.New("another closer looks at the attempt")

// claim is the right to look at an attempt, which one closer has at a time. Two at
// once would do no harm: it saves work.
type claim struct {
	ledger ClosingLedger
	now    func() time.Time

	mu      sync.Mutex
	record  dsr.OpenRecord
	version ledger.Version
	sent    time.Time // when the write that holds it was sent
}

// take claims an attempt by writing a random id into the version of its record that
// was read. False when another closer was quicker.
func (c *Closer) take(ctx context.Context, open dsr.OpenRecord, v ledger.Version) (*claim, bool, error) {
	open.Claim = uuid.NewString()
	l := &claim{ledger: c.Ledger, now: time.Now, record: open, sent: time.Now()}

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
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		if err := dsr.Guard(func() error { return l.renewUntilDone(ctx) })(); err != nil {
			stop(err)
		}
	}()

	err := check(ctx)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errClaimLost) {
		err = cause
	}
	stop(nil)
	<-renewed
	return err
}

// renewUntilDone renews the claim until ctx ends. An error says that it is lost.
func (l *claim) renewUntilDone(ctx context.Context) error {
	tick := time.NewTicker(dsr.ClaimRenewal)
	defer tick.Stop()
	for {
		select {
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
	l.mu.Lock()
	defer l.mu.Unlock()
	sent := l.now()
	version, err := l.ledger.SwapOpen(ctx, l.record, l.version)
	switch {
	case err == nil:
		l.version, l.sent = version, sent
		return nil
	case errors.Is(err, archive.ErrChanged):
		return errClaimLost
	case l.now().Sub(l.sent) > dsr.ClaimExpires-dsr.ClaimRenewal:
		return errClaimLost
	default:
		return nil
	}
}

// release gives the claim back with what the check leaves to the next one. Whoever is
// refused leaves it: another closer has it.
func (l *claim) release(ctx context.Context, open dsr.OpenRecord) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	open.Claim = ""
	_, err := l.ledger.SwapOpen(ctx, open, l.version)
	if errors.Is(err, archive.ErrChanged) {
		return nil
	}
	return err
}
