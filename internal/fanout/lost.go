package fanout

import (
	"context"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// maxResent bounds what one check sends again; the next one goes on.
const maxResent = 1000

// findings is what a survey collects while an attempt is open.
type findings struct {
	receipts   int
	missing    []missingTask // the first of them
	incomplete map[int]bool  // nodes with something missing
	failed     map[int]bool  // nodes with a failure
}

type missingTask struct {
	task  dsr.Task
	since time.Time
}

var _ dsr.Visitor = (*findings)(nil)

func (f *findings) Done(m dsr.ReceiptMark) {
	f.receipts++
	if n, _, err := dsr.SplitNode(m.Node); err == nil && m.Failures > 0 {
		f.failed[n] = true
	}
}

func (f *findings) Missing(t dsr.Task, since time.Time) {
	if n, _, err := dsr.SplitNode(t.Node); err == nil {
		f.incomplete[n] = true
	}
	if len(f.missing) < maxResent {
		f.missing = append(f.missing, missingTask{t, since})
	}
}

// read tells whether all that is read before anything is deleted has been read.
func (f *findings) read(plan dsr.Plan) bool {
	return !slices.ContainsFunc(plan.Nodes, func(n dsr.Node) bool { return !n.Waits() && f.incomplete[n.Number] })
}

// failedReading tells whether some of it failed, or may not be deleted.
func (f *findings) failedReading(plan dsr.Plan) bool {
	return slices.ContainsFunc(plan.Nodes, func(n dsr.Node) bool {
		readFirst := !n.Waits() || n.Type == dsr.ReadBack
		return readFirst && f.failed[n.Number] || n.Deletes() && n.Failed != nil
	})
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
	waiting := map[string]time.Time{} // by queue
	for _, m := range candidates {
		queue := dsr.QueueOf(m.task)
		if _, asked := waiting[queue]; !asked {
			var err error
			if waiting[queue], err = c.oldestWaiting(ctx, queue); err != nil {
				return err
			}
		}
		if err := c.sendIfLost(ctx, m, now, waiting[queue]); err != nil {
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
	if last == 0 && dsr.QueueOf(m.task) == dsr.QueueDeletes && m.task.Page == 1 && m.task.Chunk == 0 {
		return nil // its turn has not come
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
	t.Hop = last
	c.Logger.WarnContext(ctx, "sends a lost task again", "requestId", t.RequestID, "taskId", t.ID(), "hop", last+1)
	return c.sendHop(ctx, t, dsr.HopLost, "the message vanished")
}

// sendHop records a task's next hop, due now, and sends what is recorded.
func (c *Closer) sendHop(ctx context.Context, t dsr.Task, class dsr.HopClass, why string) error {
	t.Hop++
	now := c.Now()
	hop, err := c.Ledger.RecordHop(ctx, t, dsr.Hop{
		SchemaVersion: dsr.SchemaVersion, TaskID: t.ID(), Number: t.Hop, Class: class,
		NotBefore: now, LastError: why, RecordedAt: now,
	})
	if err != nil {
		return err
	}
	m, err := t.Message(hop.NotBefore)
	if err != nil {
		return err
	}
	return c.Queue.Send(ctx, dsr.QueueOf(t), m)
}
