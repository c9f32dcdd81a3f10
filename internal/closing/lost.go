package closing

import (
	"context"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

const (
	// maxLooked is how many missing tasks one check looks at: it lists the hops of
	// each. The next check goes on behind them.
	maxLooked = 100
	// lookCalls is how many listing calls one check may need to find them.
	lookCalls = 50
)

// findings is what a survey tells of the plan's nodes.
type findings struct {
	incomplete map[int]bool // nodes with something missing
	failed     map[int]bool // nodes with a failure
}

func findingsOf(plan dsr.Plan, seen survey.Progress) findings {
	f := findings{incomplete: map[int]bool{}, failed: map[int]bool{}}
	for _, n := range plan.Nodes {
		if !seen.Checkpoint.Ended.Has(n.Number) {
			f.incomplete[n.Number] = true
		}
		if seen.Checkpoint.Failed.Has(n.Number) {
			f.failed[n.Number] = true
		}
	}
	return f
}

// read reports whether all that is read before anything is deleted has been read.
func (f *findings) read(plan dsr.Plan) bool {
	return !slices.ContainsFunc(plan.Nodes, func(n dsr.Node) bool { return !n.Waits() && f.incomplete[n.Number] })
}

// failedReading reports whether some of it failed, or may not be deleted.
func (f *findings) failedReading(plan dsr.Plan) bool {
	return slices.ContainsFunc(plan.Nodes, func(n dsr.Node) bool {
		readFirst := !n.Waits() || n.Type == dsr.ReadBack
		return (readFirst && f.failed[n.Number]) || (n.Deletes() && n.Failed != nil)
	})
}

// sendLost sends again the tasks whose message is surely gone: long due, and
// nothing that was sent before then still waits. A long backlog is never doubled.
// Nothing is looked for while nothing has been missing for long.
func (v *visit) sendLost(ctx context.Context, s *survey.Survey, seen survey.Progress) error {
	now := v.Now()
	if seen.Oldest.IsZero() || now.Sub(seen.Oldest) <= v.LostAfter {
		return nil
	}

	waiting := map[string]time.Time{} // by queue
	calls := s.Calls()
	enough := func() bool { return v.enough() || s.Calls()-calls > lookCalls }

	looked := 0
	for t, err := range s.Missing(ctx, v.open.Checkpoint, now.Add(-v.LostAfter), enough) {
		if err != nil {
			return err
		}

		queue := dsr.QueueOf(t.Task)
		if _, asked := waiting[queue]; !asked {
			if waiting[queue], err = v.oldestWaiting(ctx, queue); err != nil {
				return err
			}
		}

		if at := waiting[queue]; !at.IsZero() && at.Before(t.Since.Add(v.LostAfter)) {
			continue // its message, or one that was sent before it, still waits
		}
		if err := v.sendIfLost(ctx, t, now, waiting[queue]); err != nil {
			return err
		}
		if looked++; looked >= maxLooked {
			break
		}
	}

	v.open.Checkpoint.Looked = s.Looked()

	return nil
}

// oldestWaiting returns the enqueued time of the oldest message in a queue and
// its dead-letter queue, in this order: a message moves from the first to the
// second only. Zero when both are empty.
func (c *Reconciler) oldestWaiting(ctx context.Context, queue string) (time.Time, error) {
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

// sendIfLost sends a task's next hop if its message is surely gone.
func (v *visit) sendIfLost(ctx context.Context, m survey.Found, now, waiting time.Time) error {
	last, _, err := v.Ledger.Hops(ctx, m.Task)
	if err != nil {
		return err
	}
	if last == 0 && dsr.QueueOf(m.Task) == dsr.QueueDeletes && m.Task.Page == 1 && m.Task.Chunk == 0 {
		return nil // its turn has not come
	}

	notBefore := m.Since

	if last > 0 {
		hop, found, err := v.Ledger.Hop(ctx, m.Task, last)
		if err != nil || !found {
			return err
		}
		notBefore = hop.NotBefore
	}

	gone := notBefore.Add(v.LostAfter)
	if !now.After(gone) || (!waiting.IsZero() && waiting.Before(gone)) || last >= dsr.MaxHop {
		return nil
	}
	if named, err := v.named(ctx, m.Task); !named || err != nil {
		return err
	}
	// The task may be done and not seen: its receipt tells.
	if _, done, err := v.Ledger.Receipt(ctx, m.Task); done || err != nil {
		return err
	}

	t := m.Task
	t.Hop = last
	v.Logger.WarnContext(ctx, "sends a lost task again", "requestId", t.RequestID, "taskId", t.ID(), "hop", last+1)

	return v.sendHop(ctx, t, dsr.HopLost, "the message vanished")
}

// sendHop records a task's next hop, due now, and sends what is recorded.
func (c *Reconciler) sendHop(ctx context.Context, t dsr.Task, class dsr.HopClass, why string) error {
	t.Hop++
	now := c.Now()
	hop, err := c.Ledger.RecordHop(ctx, t, dsr.Hop{
		SchemaVersion: dsr.SchemaVersion,
		TaskID:        t.ID(),
		Number:        t.Hop,
		Class:         class,
		NotBefore:     now,
		LastError:     why,
		RecordedAt:    now,
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
