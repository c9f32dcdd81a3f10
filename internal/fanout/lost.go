package fanout

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// maxResent bounds what one check sends again; the next one goes on.
const maxResent = 1000

// findings is what a survey collects while an attempt is open.
type findings struct {
	receipts int
	missing  []missingTask // the first of them
}

type missingTask struct {
	task  dsr.Task
	since time.Time
}

var _ dsr.Visitor = (*findings)(nil)

func (f *findings) Done(dsr.ReceiptMark) { f.receipts++ }

func (f *findings) Missing(t dsr.Task, since time.Time) {
	if len(f.missing) < maxResent {
		f.missing = append(f.missing, missingTask{t, since})
	}
}

// sendLost sends again the tasks whose message is surely gone: long due, and
// nothing that was sent before then still waits. A long backlog is never
// doubled.
func (c *Closer) sendLost(ctx context.Context, missing []missingTask) error {
	now := c.Now()
	var candidates []missingTask
	for _, m := range missing {
		if now.Sub(m.since) > c.LostAfter {
			candidates = append(candidates, m)
		}
	}
	if len(candidates) == 0 {
		return nil
	}
	waiting, err := c.oldestWaiting(ctx, dsr.QueueExports)
	if err != nil {
		return err
	}
	for _, m := range candidates {
		if err := c.sendIfLost(ctx, m, now, waiting); err != nil {
			return err
		}
	}
	return nil
}

// oldestWaiting gives the enqueued time of the oldest message in a queue and
// its dead-letter queue, in this order: a message moves from the first to the
// second only. Zero when both are empty.
func (c *Closer) oldestWaiting(ctx context.Context, queue string) (time.Time, error) {
	var oldest time.Time
	for _, q := range []string{queue, c.DeadLetter(queue)} {
		at, found, err := c.Queue.Oldest(ctx, q)
		if err != nil {
			return time.Time{}, err
		}
		if found && (oldest.IsZero() || at.Before(oldest)) {
			oldest = at
		}
	}
	return oldest, nil
}

func (c *Closer) sendIfLost(ctx context.Context, m missingTask, now, waiting time.Time) error {
	last, _, err := c.Ledger.Hops(ctx, m.task)
	if err != nil {
		return err
	}
	notBefore := m.since
	if last > 0 {
		hop, found, err := c.Ledger.Hop(ctx, m.task, last)
		if err != nil || !found {
			return err
		}
		notBefore = hop.NotBefore
	}
	gone := notBefore.Add(c.LostAfter)
	if !now.After(gone) || (!waiting.IsZero() && waiting.Before(gone)) || last >= dsr.MaxHop {
		return nil
	}
	t := m.task
	t.Hop = last + 1
	hop, err := c.Ledger.RecordHop(ctx, t, dsr.Hop{
		SchemaVersion: dsr.SchemaVersion, TaskID: t.ID(), Number: t.Hop, Class: dsr.HopLost,
		NotBefore: now, LastError: "the message vanished", RecordedAt: now,
	})
	if err != nil {
		return err
	}
	msg, err := t.Message(hop.NotBefore)
	if err != nil {
		return err
	}
	c.Logger.WarnContext(ctx, "sent a lost task again", "requestId", t.RequestID, "taskId", t.ID(), "hop", t.Hop)
	return c.Queue.Send(ctx, dsr.QueueExports, msg)
}
