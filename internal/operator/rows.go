package operator

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
)

// Row is a request in a page of a list.
type Row struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"` // "": not known yet
	State   string `json:"state"`
	Subject string `json:"subject"` // the object id; "": everybody, or only names are known
	// SubmittedBy is who asked, as the request has it.
	SubmittedBy string `json:"submittedBy"`
	SubmittedAt Moment `json:"submittedAt"`
	DueAt       Moment `json:"dueAt"`
	ClosedAt    Moment `json:"closedAt"`
	DaysLeft    *int   `json:"daysLeft"` // nil when it is closed, or its deadline is not known
	Late        bool   `json:"late"`     // open, and past its deadline
	// Progress is how much of the plan is complete, in percent of its nodes.
	Progress int `json:"progress"`
	// Failures counts those of the manifest, and while the request is open the nodes of the
	// plan that have one.
	Failures int `json:"failures"`
	Attempt  int `json:"attempt"`
}

// How old what is remembered of an open request may be.
const (
	// shownAge is for a row that is shown, countedAge for one that is only counted and
	// compared with others.
	shownAge   = time.Second
	countedAge = 20 * time.Second
	// manyAge is for the rows of a page that has more than defaultTop.
	manyAge = 5 * time.Second
	// freshened is how many rows that are only counted one call reads again at most.
	freshened = 100
)

// rows remembers the open requests, so that a list of a thousand reads few records.
type rows struct {
	// turn has an element while somebody reads what is stale, so that several who ask at
	// once do not all read a thousand requests.
	turn chan struct{}

	mu       sync.Mutex
	of       map[dsr.Attempt]*openRow
	open     []dsr.Attempt // as they were listed
	listedAt time.Time
}

func newRows() *rows { return &rows{turn: make(chan struct{}, 1)} }

// openRow is what is remembered of an open attempt. What never changes is read once.
type openRow struct {
	Row
	readAt   time.Time
	recorded bool // request is the stored record
	request  dsr.RequestRecord
	extended bool      // the deadline can change no more
	lookedAt time.Time // when the deadline was last looked at
	plan     *dsr.Plan
}

// forget makes the next list read a request again.
func (r *rows) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listedAt = time.Time{}
	for a, row := range r.of {
		if a.RequestID == id {
			row.readAt, row.lookedAt = time.Time{}, time.Time{}
		}
	}
}

// Forget makes lists read a request again at once, after an order that has changed it.
func (o *Operator) Forget(id string) { o.rows.forget(id) }

// openRows returns the rows of all open requests, none much older than countedAge.
func (o *Operator) openRows(ctx context.Context) ([]Row, error) {
	attempts, err := o.freshOpen(ctx)
	if err != nil {
		return nil, err
	}

	o.rows.mu.Lock()
	defer o.rows.mu.Unlock()
	out := make([]Row, 0, len(attempts))
	for _, a := range attempts {
		if row, ok := o.rows.of[a]; ok {
			out = append(out, row.counted(o.now()))
		}
	}
	return out, nil
}

// freshOpen returns the open attempts, whose rows are read where they are not remembered. The
// pages of one list come within a second, and share one listing.
func (o *Operator) freshOpen(ctx context.Context) ([]dsr.Attempt, error) {
	select {
	case o.rows.turn <- struct{}{}:
		defer func() { <-o.rows.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}

	if open, ok := o.rows.listed(o.now()); ok {
		return open, nil
	}
	begun := o.now()
	var open []dsr.Attempt
	for a, err := range o.ledger.ListOpen(ctx) {
		if err != nil {
			return nil, err
		}
		open = append(open, a)
	}
	if err := o.freshen(ctx, o.staleOf(open)); err != nil {
		return nil, err
	}

	o.rows.mu.Lock()
	defer o.rows.mu.Unlock()
	o.rows.open, o.rows.listedAt = open, begun

	return open, nil
}

// listed returns the last listing, if it is young enough.
func (r *rows) listed(now time.Time) ([]dsr.Attempt, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open, !r.listedAt.IsZero() && now.Sub(r.listedAt) < shownAge
}

// staleOf returns the attempts to read: all that are new, and of the others the oldest. It
// forgets those that are open no more.
func (o *Operator) staleOf(open []dsr.Attempt) []dsr.Attempt {
	o.rows.mu.Lock()
	defer o.rows.mu.Unlock()

	known := o.rows.of
	o.rows.of = make(map[dsr.Attempt]*openRow, len(open))
	var unknown, stale []dsr.Attempt
	for _, a := range open {
		row, ok := known[a]
		if !ok {
			unknown = append(unknown, a)
			continue
		}
		o.rows.of[a] = row
		if o.now().Sub(row.readAt) > countedAge {
			stale = append(stale, a)
		}
	}

	slices.SortFunc(stale, func(x, y dsr.Attempt) int { return known[x].readAt.Compare(known[y].readAt) })
	return append(unknown, stale[:min(len(stale), freshened)]...)
}

// show reads those of some open rows again that are too old to be shown.
func (o *Operator) show(ctx context.Context, shown []Row) ([]Row, error) {
	age := shownAge
	if len(shown) > defaultTop {
		age = manyAge
	}

	var old []dsr.Attempt
	o.rows.mu.Lock()
	for _, r := range shown {
		a := dsr.Attempt{RequestID: r.ID, Number: r.Attempt}
		if row, ok := o.rows.of[a]; ok && o.now().Sub(row.readAt) > age {
			old = append(old, a)
		}
	}
	o.rows.mu.Unlock()

	if err := o.freshen(ctx, old); err != nil {
		return nil, err
	}

	o.rows.mu.Lock()
	defer o.rows.mu.Unlock()
	for i, r := range shown {
		if row, ok := o.rows.of[dsr.Attempt{RequestID: r.ID, Number: r.Attempt}]; ok {
			shown[i] = row.counted(o.now())
		}
	}
	return shown, nil
}

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
	row.readAt, row.ID, row.Attempt = o.now(), a.RequestID, a.Number

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
