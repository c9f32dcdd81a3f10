package operator

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
)

// freshen reads some attempts, several at once.
func (o *Operator) freshen(ctx context.Context, attempts []dsr.Attempt) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(listReads)
	for _, a := range attempts {
		o.rows.mu.Lock()
		before := o.rows.of[a]
		o.rows.mu.Unlock()

		g.Go(dsr.Guard(func() error {
			row, err := o.readOpenRow(gctx, a, before)
			if err == nil {
				o.rows.mu.Lock()
				defer o.rows.mu.Unlock()
				o.rows.of[a] = row
			}
			return err
		}))
	}
	return g.Wait()
}

// readOpenRow reads an open attempt. before is what is remembered of it, nil for nothing.
func (o *Operator) readOpenRow(ctx context.Context, a dsr.Attempt, before *openRow) (*openRow, error) {
	row := &openRow{Row: Row{State: StateReceived}}
	if before != nil {
		*row = *before
	}
	row.readAt, row.ID, row.Attempt, row.unread = o.now(), a.RequestID, a.Number, false

	open, found, err := o.ledger.Open(ctx, a)
	if err != nil {
		return nil, err
	}
	if !found { // it was closed since the index was listed; its row goes with the next list
		return row, nil
	}
	if err := o.readRequest(ctx, row, open); err != nil {
		return nil, err
	}
	if row.plan == nil {
		plan, planned, err := o.ledger.Plan(ctx, a)
		if err != nil || !planned {
			return row, err
		}
		row.plan = &plan
	}

	row.Progress = percent(numbersIn(open.Checkpoint.Ended), len(row.plan.Nodes))
	row.Failures = numbersIn(open.Checkpoint.Failed)
	row.State, err = o.openState(ctx, *row.plan)

	return row, err
}

// readRequest adds what the request's record says, and its deadline.
func (o *Operator) readRequest(ctx context.Context, row *openRow, open dsr.OpenRecord) (err error) {
	if !row.recorded {
		row.request, row.recorded, err = o.ledger.Request(ctx, row.ID)
		if err != nil {
			return err
		}
	}
	if !row.recorded {
		row.DueAt = Moment{open.DueAt}
		return nil
	}

	row.describe(row.request)
	if row.extended || o.now().Sub(row.lookedAt) < countedAge {
		return nil
	}

	e, _, extended, err := o.ledger.Extension(ctx, row.ID)
	row.extended, row.lookedAt, row.DueAt = extended, o.now(), Moment{row.request.DueAt}
	if extended {
		row.DueAt = Moment{e.Until}
	}
	return err
}

// describe adds what a request's record says.
func (r *Row) describe(request dsr.RequestRecord) {
	r.Kind, r.SubmittedBy, r.SubmittedAt = request.Kind, request.SubmittedBy, Moment{request.SubmittedAt}
	if request.Subject != nil {
		r.Subject = request.Subject.ObjectID
	}
}

// counted returns the row with its days as of now.
func (r *openRow) counted(now time.Time) Row {
	out := r.Row
	if !out.DueAt.IsZero() {
		days := daysUntil(out.DueAt.Time, now)
		out.DaysLeft, out.Late = &days, now.After(out.DueAt.Time)
	}
	return out
}

func percent(part, whole int) int {
	if whole == 0 {
		return 0
	}
	return min(100, 100*part/whole)
}

func numbersIn(set dsr.NodeSet) (n int) {
	for _, r := range set {
		n += r.Last - r.First + 1
	}
	return n
}
