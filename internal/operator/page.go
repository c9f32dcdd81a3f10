package operator

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// PageOptions choose the requests of a page.
type PageOptions struct {
	// States are those wanted, of which StateOpen and StateClosed stand for several. Empty:
	// all of them.
	States []string
	Kind   string // "": any
	Due    string // DueSoon or DueLate, which only open requests are; "": any
	// Query is part of the id, or the beginning of the subject's object id.
	Query string
	Sort  string // SortDue or SortSubmitted, of the open requests; "": SortDue
	Top   int    // rows of a page; 0: 50
	Token string // Next of the page before; "": the first page
}

// Values of PageOptions.
const (
	StateOpen   = "open"
	StateClosed = "closed"

	DueSoon = "soon" // within a week, and not late
	DueLate = "late"

	SortDue       = "due"       // the most urgent first
	SortSubmitted = "submitted" // the latest first
)

const (
	defaultTop = 50
	maxTop     = 200
	// soon is how near a deadline is soon.
	soon = 7 * 24 * time.Hour
	// maxScanned bounds the closed requests that one page passes over in search of those
	// that are wanted. The page may then be short, and the next one goes on.
	maxScanned = 5000
)

// Page is a part of a list.
type Page struct {
	Rows []Row
	Next string // token of the next page; "": there is none
}

// position is where a page begins. Open requests come first, then the closed ones, the
// latest first.
type position struct {
	Closed string `json:"c,omitempty"` // name of the first closed one
	Older  string `json:"o,omitempty"` // id of the last one that was looked at for the index
	ByKey  string `json:"k,omitempty"` // what the last open row is sorted by
	ID     string `json:"i,omitempty"` // and its id
	// Past means that the open ones are over, and those of the index, and that none was looked
	// at for the index yet.
	Past bool `json:"p,omitempty"`
}

// Page returns a page of requests. Its cost depends on the open requests and on the page,
// not on how many are closed.
func (o *Operator) Page(ctx context.Context, opts PageOptions) (Page, error) {
	at, err := opts.check()
	if err != nil {
		return Page{}, err
	}
	open, err := o.openRows(ctx)
	if err != nil {
		return Page{}, err
	}

	page := Page{Rows: []Row{}}
	if at.Closed == "" && at.Older == "" && !at.Past {
		page.Rows, page.Next, err = o.readPage(ctx, opts, open, at)
		if err != nil {
			return page, err
		}
		if page.Rows, err = o.show(ctx, page.Rows); err != nil || page.Next != "" {
			return page, err
		}
	}
	if !opts.wantsClosed() {
		return page, nil
	}

	if at.Older == "" && !at.Past {
		err = o.addClosed(ctx, &page, opts, at.Closed, open)
	}
	if err != nil || page.Next != "" {
		return page, err
	}

	return page, o.addOlder(ctx, &page, opts, at.Older)
}

// check returns where the page begins, with the defaults applied.
func (p *PageOptions) check() (at position, err error) {
	p.Top = min(cmp.Or(p.Top, defaultTop), maxTop)
	p.Sort = cmp.Or(p.Sort, SortDue)

	switch {
	case p.Top < 1:
		return at, invalid("top", "top: want a number from 1 to %d", maxTop)
	case p.Sort != SortDue && p.Sort != SortSubmitted:
		return at, invalid("sort", "sort: want %s or %s", SortDue, SortSubmitted)
	case p.Due != "" && p.Due != DueSoon && p.Due != DueLate:
		return at, invalid("due", "due: want %s or %s", DueSoon, DueLate)
	case p.Kind != "" && !slices.Contains([]string{dsr.KindExport, dsr.KindDelete, dsr.KindExportThenDelete}, p.Kind):
		return at, invalid("kind", "kind: want %s, %s or %s", dsr.KindExport, dsr.KindDelete, dsr.KindExportThenDelete)
	}

	if err := checkStates(p.States); err != nil {
		return at, err
	}

	text, err := base64.RawURLEncoding.DecodeString(p.Token)
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &at)
	}
	if err == nil && at.Older != "" && !dsr.ValidID(at.Older) {
		err = errors.New("no id")
	}
	if err == nil && at.Closed != "" {
		_, _, err = dsr.ParseClosed(dsr.ClosedPrefix + at.Closed)
	}
	if err != nil {
		return at, invalid("skiptoken", "skiptoken: it is not one of a nextLink")
	}

	return at, nil
}

// wantsClosed reports whether closed requests may be wanted.
func (p *PageOptions) wantsClosed() bool {
	return p.Due == "" && (len(p.States) == 0 || slices.ContainsFunc(p.States, isClosedState))
}

// perCall returns how many closed requests one call lists for a page that has some rows
// already. Without a filter each is wanted; else the store's own limit is best.
func (p *PageOptions) perCall(rows int) int {
	group := len(p.States) == 0 || slices.Contains(p.States, StateClosed)
	if group && p.Kind == "" && p.Query == "" {
		return max(1, p.Top-rows) + 1
	}
	return 0
}

// wants reports whether a row is wanted. group is StateOpen or StateClosed. An unread row is
// wanted if it may be: what is read of it decides.
func (p *PageOptions) wants(r Row, group string) bool {
	state := r.unread || len(p.States) == 0 || slices.Contains(p.States, group) || slices.Contains(p.States, r.State)
	kind := p.Kind == "" || p.Kind == r.Kind
	due := p.Due == "" || (p.Due == DueLate && r.Late) || (p.Due == DueSoon && (r.unread || !r.Late) && r.DaysLeft != nil && *r.DaysLeft <= int(soon/(24*time.Hour)))

	query := strings.ToLower(p.Query)
	found := r.unread || query == "" || strings.Contains(strings.ToLower(r.ID), query) || strings.HasPrefix(strings.ToLower(r.Subject), query)

	return state && kind && due && found
}

// openPage returns the open rows of a page and the token of the next one, if that has open
// rows too.
func (p *PageOptions) openPage(open []Row, at position) (rows []Row, next string) {
	rows = slices.DeleteFunc(slices.Clone(open), func(r Row) bool { return !p.wants(r, StateOpen) })
	slices.SortFunc(rows, p.compare)
	if at.ID != "" {
		rows = slices.DeleteFunc(rows, func(r Row) bool {
			return cmp.Or(strings.Compare(p.key(r), at.ByKey), strings.Compare(r.ID, at.ID)) <= 0
		})
	}
	if len(rows) <= p.Top {
		return rows, ""
	}

	rows = rows[:p.Top]
	last := rows[p.Top-1]

	return rows, position{ByKey: p.key(last), ID: last.ID}.token()
}

func (p *PageOptions) compare(x, y Row) int {
	return cmp.Or(strings.Compare(p.key(x), p.key(y)), strings.Compare(x.ID, y.ID))
}

// key returns the text by which a row is sorted. An unknown time comes last.
func (p *PageOptions) key(r Row) string {
	if p.Sort == SortSubmitted {
		return (dsr.Attempt{RequestID: r.ID, Number: r.Attempt}).Closed(r.SubmittedAt.Time)
	}
	if r.DueAt.IsZero() {
		return "~"
	}
	return r.DueAt.UTC().Format("2006-01-02T15:04:05.000000000Z")
}

func (at position) token() string {
	text, _ := json.Marshal(at) // of texts, which always succeeds
	return base64.RawURLEncoding.EncodeToString(text)
}
