package operator

import (
	"context"
	"slices"
	"sync"
	"time"

	"azureml-dsr/internal/dsr"
)

// Row is a request in a page of a list.
type Row struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"` // "": not known yet
	State   string `json:"state"`
	Reason  string `json:"reason,omitempty"` // of most of a closed request's failures
	Subject string `json:"subject"`          // the object id; "": everybody, or only names are known
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

	// unread means that only what the index says is known: kind, submittedAt, and the
	// deadline before any extension.
	unread bool
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

// unreadRow returns what the index says of an attempt.
func unreadRow(m dsr.OpenMark) *openRow {
	return &openRow{Row: Row{
		ID:          m.RequestID,
		Kind:        m.Kind,
		State:       StateReceived,
		SubmittedAt: Moment{m.SubmittedAt},
		DueAt:       Moment{m.DueAt},
		Attempt:     m.Number,
		unread:      true,
	}}
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

// openRows returns the rows of all open requests. None that was read is much older than
// countedAge. Those that were not are unread: in a new process they are all, since a thousand
// take seconds.
func (o *Operator) openRows(ctx context.Context) ([]Row, error) {
	attempts, err := o.freshOpen(ctx)
	if err != nil {
		return nil, err
	}
	return o.rememberedRows(attempts), nil
}

func (o *Operator) rememberedRows(attempts []dsr.Attempt) []Row {
	o.rows.mu.Lock()
	defer o.rows.mu.Unlock()
	out := make([]Row, 0, len(attempts))
	for _, a := range attempts {
		if row, ok := o.rows.of[a]; ok {
			out = append(out, row.counted(o.now()))
		}
	}
	return out
}

// readRows reads those of some rows that are unread and that are chosen. It returns all of
// them as they are then.
func (o *Operator) readRows(ctx context.Context, rows []Row, chosen func(Row) bool) ([]Row, error) {
	attempts := make([]dsr.Attempt, len(rows))
	var unread []dsr.Attempt
	for i, r := range rows {
		attempts[i] = dsr.Attempt{RequestID: r.ID, Number: r.Attempt}
		if r.unread && chosen(r) {
			unread = append(unread, attempts[i])
		}
	}
	if len(unread) == 0 {
		return rows, nil
	}
	if err := o.freshen(ctx, unread); err != nil {
		return nil, err
	}
	return o.rememberedRows(attempts), nil
}

// freshOpen returns the open attempts. The rows are read of those that the index says nothing
// of, and of those that were read long ago. The pages of one list come within a second, and
// share one listing.
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
	var marks []dsr.OpenMark
	for m, err := range o.ledger.OpenMarks(ctx) {
		if err != nil {
			return nil, err
		}
		marks = append(marks, m)
	}
	if err := o.freshen(ctx, o.staleOf(marks)); err != nil {
		return nil, err
	}

	open := make([]dsr.Attempt, len(marks))
	for i, m := range marks {
		open[i] = m.Attempt
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

// staleOf returns the attempts to read: all that are new and of which the index says nothing,
// and of those that were read the oldest. It forgets those that are open no more.
func (o *Operator) staleOf(open []dsr.OpenMark) []dsr.Attempt {
	o.rows.mu.Lock()
	defer o.rows.mu.Unlock()

	known := o.rows.of
	o.rows.of = make(map[dsr.Attempt]*openRow, len(open))
	var unknown, stale []dsr.Attempt
	for _, m := range open {
		row, ok := known[m.Attempt]
		switch {
		case !ok && !m.Complete():
			unknown = append(unknown, m.Attempt)
			continue
		case !ok:
			row = unreadRow(m)
		case !row.unread && o.now().Sub(row.readAt) > countedAge:
			stale = append(stale, m.Attempt)
		}
		o.rows.of[m.Attempt] = row
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
