package functionshost

import (
	"context"
	"errors"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

const (
	renewMargin = 10 * time.Second // before the lock's end, as the .NET client has it
	renewRetry  = time.Second
)

// renew keeps a message's lock until ctx ends, the lock is lost, or the
// longest renewal is over. The message is a copy: renewing changes it.
func (l *busListener) renew(ctx context.Context, m azservicebus.ReceivedMessage) {
	if m.LockedUntil == nil {
		return
	}

	if l.trigger.MaxLockRenewal >= 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.trigger.MaxLockRenewal)
		defer cancel()
	}

	next := renewAt(time.Now(), *m.LockedUntil)
	for until(ctx, next) {
		err := l.receiver.RenewMessageLock(ctx, &m, nil)
		if ctx.Err() != nil {
			return
		}

		l.settled("RenewLock", err)
		var bus *azservicebus.Error
		if errors.As(err, &bus) && bus.Code == azservicebus.CodeLockLost {
			return
		}

		next = renewAt(time.Now(), *m.LockedUntil)
		if err != nil {
			next = latest(next, time.Now().Add(renewRetry))
		}
	}
}

// renewAt is half-way to the lock's end, or ten seconds before it, whichever
// is later.
func renewAt(now, lockedUntil time.Time) time.Time {
	return lockedUntil.Add(-min(lockedUntil.Sub(now)/2, renewMargin))
}
