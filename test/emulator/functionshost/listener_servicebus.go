package functionshost

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"golang.org/x/sync/semaphore"
)

const (
	settleTimeout = 30 * time.Second
	receivePause  = time.Second // after a receive that failed, its own retries included
	// gatherTime is how long a receive waits for more once it has a message.
	// It is short: the message's lock and its invocation wait meanwhile.
	gatherTime = time.Millisecond
	// maxReceive is azservicebus's limit for one receive.
	maxReceive = 5000
)

// queueReceiver is what a listener needs of azservicebus.Receiver.
type queueReceiver interface {
	ReceiveMessages(context.Context, int, *azservicebus.ReceiveMessagesOptions) ([]*azservicebus.ReceivedMessage, error)
	RenewMessageLock(context.Context, *azservicebus.ReceivedMessage, *azservicebus.RenewMessageLockOptions) error
	CompleteMessage(context.Context, *azservicebus.ReceivedMessage, *azservicebus.CompleteMessageOptions) error
	AbandonMessage(context.Context, *azservicebus.ReceivedMessage, *azservicebus.AbandonMessageOptions) error
	Close(context.Context) error
}

var _ queueReceiver = (*azservicebus.Receiver)(nil)

// busListener receives from one queue, at most as many messages as it has free
// slots, and runs an invocation for each.
type busListener struct {
	name, binding string
	trigger       ServiceBusTrigger
	client        busClient
	receiver      queueReceiver
	// late settles, by lock token, once the receiver is closed, which comes
	// before the last settlements: the receiver's link has credit left, and
	// what is abandoned would come right back on it and sit there locked.
	late queueReceiver
	// settlingLate is held by each of those settlements: a receiver whose first
	// uses are concurrent opens a link for each and loses all but one
	// (azservicebus 1.11, AMQPLinksImpl.Get).
	settlingLate sync.Mutex
	linkClosed   chan struct{} // closed by run when the receiver is
	invoker      invoker
	log          *slog.Logger
}

func (l *busListener) run(listen, invoke context.Context) {
	slots := semaphore.NewWeighted(int64(l.trigger.MaxConcurrentCalls))
	var inFlight sync.WaitGroup
	for {
		free := take(listen, slots, min(l.trigger.MaxConcurrentCalls, maxReceive))
		if free == 0 {
			break
		}

		messages := l.receive(listen, free)
		slots.Release(int64(free - len(messages)))

		for _, m := range messages {
			inFlight.Go(func() {
				defer slots.Release(1)
				l.handle(listen, invoke, m)
			})
		}
	}

	l.close(l.receiver)
	close(l.linkClosed)
	inFlight.Wait()
	l.close(l.late)
}

func (l *busListener) close(r queueReceiver) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := r.Close(ctx); err != nil {
		l.log.Warn("closing a receiver failed", "error", err)
	}
}

// take waits for one free slot and takes all that are free then, up to limit.
// It returns 0 when ctx has ended.
func take(ctx context.Context, slots *semaphore.Weighted, limit int) int {
	if slots.Acquire(ctx, 1) != nil {
		return 0
	}
	if ctx.Err() != nil { // Acquire may succeed all the same
		slots.Release(1)
		return 0
	}
	n := 1
	for n < limit && slots.TryAcquire(1) {
		n++
	}
	return n
}

// receive returns what there is; after an error it pauses and returns none.
func (l *busListener) receive(ctx context.Context, limit int) []*azservicebus.ReceivedMessage {
	opts := azservicebus.ReceiveMessagesOptions{TimeAfterFirstMessage: gatherTime}
	messages, err := l.receiver.ReceiveMessages(ctx, limit, &opts)
	if err != nil && ctx.Err() == nil {
		l.log.Error("receiving failed", "queue", l.trigger.Queue, "deadLetter", l.trigger.DeadLetter, "error", err)
		until(ctx, time.Now().Add(receivePause))
	}
	return messages
}

// handle runs one message's invocation and settles it.
func (l *busListener) handle(listen, invoke context.Context, m *azservicebus.ReceivedMessage) {
	err := errStopping
	if listen.Err() == nil {
		err = l.invoke(listen, invoke, m)
	}
	if err == nil && listen.Err() != nil {
		err = errStopping // the real host abandons then, whatever the answer was
	}

	switch {
	case err != nil:
		l.settle(listen, m, "Abandon", abandon)
	case l.trigger.AutoComplete:
		l.settle(listen, m, "Complete", complete)
	}
}

// settlement is one way to settle a message.
type settlement func(context.Context, queueReceiver, *azservicebus.ReceivedMessage) error

func complete(ctx context.Context, r queueReceiver, m *azservicebus.ReceivedMessage) error {
	return r.CompleteMessage(ctx, m, nil)
}

func abandon(ctx context.Context, r queueReceiver, m *azservicebus.ReceivedMessage) error {
	return r.AbandonMessage(ctx, m, nil)
}

// settle settles on the link that the message came by, or by its lock token
// once that link closes.
func (l *busListener) settle(listen context.Context, m *azservicebus.ReceivedMessage, action string, do settlement) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(listen), settleTimeout)
	defer cancel()

	err := errStopping
	if listen.Err() == nil {
		err = do(ctx, l.receiver, m)
	}

	if err != nil && listen.Err() != nil {
		<-l.linkClosed
		l.settlingLate.Lock()
		defer l.settlingLate.Unlock()
		err = do(ctx, l.late, &azservicebus.ReceivedMessage{LockToken: m.LockToken})
	}

	l.settled(action, err)
}

// invoke runs the invocation while the lock is renewed.
func (l *busListener) invoke(listen, invoke context.Context, m *azservicebus.ReceivedMessage) error {
	body, err := messagePayload(l.binding, l.trigger.Binary, m, l.client, newSystem(l.name))
	if err != nil {
		l.log.Error("invocation failed", "error", err)
		return err
	}
	renewCtx, stop := context.WithCancel(listen)
	var renewing sync.WaitGroup
	renewing.Go(func() { l.renew(renewCtx, *m) })
	defer renewing.Wait()
	defer stop()
	return l.invoker.invoke(invoke, l.name, body)
}

// settled logs a settlement that failed, in the words of the real host. A lock
// that is lost is the usual sign of a handler that settles by itself.
func (l *busListener) settled(action string, err error) {
	if err == nil {
		return
	}
	var bus *azservicebus.Error
	lost := errors.As(err, &bus) && bus.Code == azservicebus.CodeLockLost
	l.log.Error("Message processing error", "action", action, "lockLost", lost, "error", err)
}
