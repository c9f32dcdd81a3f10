package closing

import (
	"context"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

const (
	// maxLooked bounds the missing tasks that one check looks at: it lists the sends of
	// each. The next check continues after them.
	maxLooked = 100
	// lookCalls bounds the listing calls that one check makes to find them.
	lookCalls = 50
)

// findings is what a survey has found of the plan's nodes.
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

// read reports whether everything that must be read before a deletion has been read.
func (f *findings) read(plan dsr.Plan) bool {
	return !slices.ContainsFunc(plan.Nodes, func(n dsr.Node) bool { return !n.Waits() && f.incomplete[n.Number] })
}

// failedReading reports whether some of that reading failed, or whether the plan itself
// refuses a deletion.
func (f *findings) failedReading(plan dsr.Plan) bool {
	return slices.ContainsFunc(plan.Nodes, func(n dsr.Node) bool {
		readFirst := !n.Waits() || n.Type == dsr.ReadBack
		return (readFirst && f.failed[n.Number]) || (n.Deletes() && n.Failed != nil)
	})
}

// sendLost sends again the tasks whose message is certainly lost: it is overdue, and no
// message that was enqueued before it was overdue still waits. A long backlog is therefore
// never doubled.
// Nothing is looked for while no task has been missing for LostAfter.
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

// oldestWaiting returns the enqueued time of the oldest message in a queue and its
// dead-letter queue, zero when both are empty. It looks at the queue first, because a
// message moves only from there to the dead-letter queue.
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

// sendIfLost sends a task again if its message is certainly lost.
func (v *visit) sendIfLost(ctx context.Context, m survey.Found, now, waiting time.Time) error {
	last, _, err := v.Ledger.Hops(ctx, m.Task)
	if err != nil {
		return err
	}
	opensStage := dsr.QueueOf(m.Task) == dsr.QueueDeletes && m.Task.Page == 1 && m.Task.Chunk == 0
	if last == 0 && opensStage {
		return nil // its stage has not begun
	}

	notBefore := m.Since
	if last > 0 {
		hop, found, err := v.Ledger.Hop(ctx, m.Task, last)
		if err != nil || !found {
			return err
		}
		notBefore = hop.NotBefore
	}

	lostAt := notBefore.Add(v.LostAfter)
	mayWait := !waiting.IsZero() && waiting.Before(lostAt)
	if !now.After(lostAt) || mayWait || last >= dsr.MaxHop {
		return nil
	}
	if named, err := v.named(ctx, m.Task); !named || err != nil {
		return err
	}
	// The survey may have missed the receipt of a task that is done.
	if _, done, err := v.Ledger.Receipt(ctx, m.Task); done || err != nil {
		return err
	}

	t := m.Task
	t.Hop = last
	v.Logger.WarnContext(ctx, "sends a lost task again", "requestId", t.RequestID, "taskId", t.ID(), "hop", last+1)

	return v.sendNext(ctx, t, dsr.HopLost, "the message vanished")
}

// sendNext records a task's next message, with the next send number and due now, and
// sends what is recorded.
func (c *Reconciler) sendNext(ctx context.Context, t dsr.Task, class dsr.HopClass, why string) error {
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
