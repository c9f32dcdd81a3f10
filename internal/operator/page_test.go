package operator_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

// listOf stores an installation with some open requests and many closed ones.
type listOf struct {
	*operatortest.Stored
	audit, index *countedReads
}

func newList(t *testing.T) listOf {
	t.Helper()
	audit, index := &countedReads{Backend: memory.New()}, &countedReads{Backend: memory.New()}
	c := &config.Connections{Audit: archive.New(audit, nil), Exports: archive.New(memory.New(), nil), Index: archive.New(index, nil)}
	c.Ledger = ledger.New(c.Audit, c.Exports, c.Index)
	return listOf{operatortest.Over(t, c), audit, index}
}

// open stores an open request that is due so many days from now.
func (l listOf) open(t *testing.T, id, kind string, days int) {
	t.Helper()
	due := operatortest.Time.AddDate(0, 0, days)
	_, err := l.Ledger.SwapOpen(t.Context(), dsr.OpenRecord{
		RequestID:   id,
		Attempt:     1,
		DueAt:       due,
		Kind:        kind,
		SubmittedAt: operatortest.Time.AddDate(0, 0, days-30),
	}, ledger.Version{})
	l.Must(err)
	_, err = l.Ledger.RecordRequest(t.Context(), dsr.NewRequestRecord(dsr.Request{
		ID:          id,
		Kind:        kind,
		Subject:     &dsr.Subject{ObjectID: "object-of-" + id},
		SubmittedAt: operatortest.Time.AddDate(0, 0, days-30),
		DueAt:       due,
	}, "", false, operatortest.Time))
	l.Must(err)
}

// closed stores a closed request, so many hours ago.
func (l listOf) closed(t *testing.T, id string, status dsr.Status, hours int) {
	t.Helper()
	a := dsr.Attempt{RequestID: id, Number: 1}
	l.Must(l.Ledger.RecordClosed(t.Context(), a, dsr.Manifest{
		Kind:        dsr.KindExport,
		Status:      status,
		SubmittedAt: operatortest.Time.AddDate(0, 0, -10),
		DueAt:       operatortest.Time.AddDate(0, 0, 20),
		ClosedAt:    operatortest.Time.Add(-time.Duration(hours) * time.Hour),
	}))
}

// idsOf returns the ids of all pages.
func idsOf(t *testing.T, o *operator.Operator, opts operator.PageOptions) (ids []string) {
	t.Helper()
	for pages := 0; ; pages++ {
		page, err := o.Page(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		if pages > 100 {
			t.Fatal("the pages have no end")
		}
		for _, r := range page.Rows {
			ids = append(ids, r.ID)
		}
		if opts.Token = page.Next; page.Next == "" {
			return ids
		}
	}
}

func TestAListIsFilteredAndSortedOverItsPages(t *testing.T) {
	l := newList(t)
	l.open(t, "late", dsr.KindExport, -1)
	l.open(t, "soon", dsr.KindDelete, 3)
	l.open(t, "far", dsr.KindExport, 25)
	l.closed(t, "older", dsr.StatusSucceeded, 30)
	l.closed(t, "newer", dsr.StatusPartiallyFailed, 2)
	l.closed(t, "newest", dsr.StatusSucceeded, 1)
	o, _ := l.Operator(operatortest.Time)

	for name, tt := range map[string]struct {
		opts operator.PageOptions
		want string
	}{
		"all":                  {operator.PageOptions{}, "late soon far newest newer older"},
		"the latest submitted": {operator.PageOptions{Sort: "submitted", States: []string{"open"}}, "far soon late"},
		"open":                 {operator.PageOptions{States: []string{"open"}}, "late soon far"},
		"closed":               {operator.PageOptions{States: []string{"closed"}}, "newest newer older"},
		"a state":              {operator.PageOptions{States: []string{"succeeded"}}, "newest older"},
		"two states":           {operator.PageOptions{States: []string{"received", "partiallyFailed"}}, "late soon far newer"},
		"a kind":               {operator.PageOptions{Kind: "delete"}, "soon"},
		"late":                 {operator.PageOptions{Due: "late"}, "late"},
		"due soon":             {operator.PageOptions{Due: "soon"}, "soon"},
		"by id":                {operator.PageOptions{Query: "NEW"}, "newest newer"},
		"by subject":           {operator.PageOptions{Query: "object-of-f"}, "far"},
		"nothing":              {operator.PageOptions{Query: "x-x"}, ""},
	} {
		for _, top := range []int{0, 1, 2, 3} {
			tt.opts.Top = top
			if got := strings.Join(idsOf(t, o, tt.opts), " "); got != tt.want {
				t.Errorf("%s, %d a page: got %q, want %q", name, top, got, tt.want)
			}
		}
	}
}

// A page that the last open requests fill is followed by one of the closed, and not by itself.
func TestAPageThatIsJustFullHasAnEnd(t *testing.T) {
	for _, closed := range []int{0, 1} {
		l := newList(t)
		l.open(t, "first", dsr.KindExport, 1)
		l.open(t, "second", dsr.KindExport, 2)
		want := "first second"
		if closed > 0 {
			l.closed(t, "closed", dsr.StatusSucceeded, 1)
			want += " closed"
		}
		o, _ := l.Operator(operatortest.Time)
		for _, top := range []int{1, 2, 3} {
			if got := strings.Join(idsOf(t, o, operator.PageOptions{Top: top}), " "); got != want {
				t.Errorf("%d a page: got %q, want %q", top, got, want)
			}
		}
	}
}

func TestWhatIsNoPageIsRefused(t *testing.T) {
	o, _ := newList(t).Operator(operatortest.Time)
	for field, opts := range map[string]operator.PageOptions{
		"top":       {Top: -1},
		"sort":      {Sort: "id"},
		"due":       {Due: "tomorrow"},
		"kind":      {Kind: "rename"},
		"state":     {States: []string{"open", "shut"}},
		"skiptoken": {Token: "eyJjIjoiLi4vLi4veCJ9"}, // {"c":"../../x"}
	} {
		_, err := o.Page(t.Context(), opts)
		if operator.KindOf(err) != operator.Invalid || fieldOf(err) != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// countedReads counts what is asked of a container.
type countedReads struct {
	archive.Backend
	calls int          // listings
	reads atomic.Int64 // of single blobs
}

func (c *countedReads) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	c.reads.Add(1)
	return c.Backend.Open(ctx, name, offset)
}

func (c *countedReads) ListPage(ctx context.Context, prefix, from string, most int) ([]archive.Info, bool, error) {
	c.calls++
	return c.Backend.ListPage(ctx, prefix, from, most)
}

func (c *countedReads) List(ctx context.Context, prefix, from string) iter.Seq2[archive.Info, error] {
	c.calls++
	return c.Backend.List(ctx, prefix, from)
}

// A page of closed requests costs the same, however many there are.
func TestAPageIsAsCheapWithAHundredThousandClosedRequests(t *testing.T) {
	l := newList(t)
	const many = 100_000
	for i := range many {
		l.closed(t, fmt.Sprintf("req-%06d", i), dsr.StatusSucceeded, i)
	}
	o, _ := l.Operator(operatortest.Time)

	opts := operator.PageOptions{Top: 50}
	for range 3 {
		l.audit.calls, l.index.calls = 0, 0
		page, err := o.Page(t.Context(), opts)
		if err != nil || len(page.Rows) != 50 || page.Next == "" {
			t.Fatalf("%d rows, %v", len(page.Rows), err)
		}
		if l.index.calls > 3 || l.audit.calls > 0 {
			t.Errorf("%d listings of the index, %d of the evidence", l.index.calls, l.audit.calls)
		}
		opts.Token = page.Next
	}
}

func TestAnOverviewCountsTheLastThirtyDays(t *testing.T) {
	l := newList(t)
	l.open(t, "late", dsr.KindExport, -1)
	l.open(t, "soon", dsr.KindExport, 2)
	l.open(t, "bulk-1", dsr.KindExport, 20)
	l.closed(t, "today", dsr.StatusSucceeded, 1)
	l.closed(t, "yesterday", dsr.StatusFailed, 24)
	l.closed(t, "long-ago", dsr.StatusSucceeded, 24*31)
	o, _ := l.Operator(operatortest.Time)

	v, err := o.Overview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if v.Open != 3 || v.Late != 1 || v.DueThisWeek != 1 || v.LastBulk == nil || v.LastBulk.ID != "bulk-1" {
		t.Errorf("%+v", v)
	}
	days := v.PerDay
	if len(days) != 30 || days[29] != (operator.Day{Day: "2026-11-23", Closed: 1, Succeeded: 1}) || days[28] != (operator.Day{Day: "2026-11-22", Closed: 1}) || days[0].Closed != 0 {
		t.Errorf("%+v", days)
	}
}

// A request that is tried again is in the list once, by its last attempt.
func TestARetriedRequestIsListedOnce(t *testing.T) {
	l := newList(t)
	l.closed(t, "req-1", dsr.StatusFailed, 5)
	l.open(t, "req-1", dsr.KindExport, 5)
	o, _ := l.Operator(operatortest.Time)
	if got := idsOf(t, o, operator.PageOptions{}); len(got) != 1 {
		t.Errorf("listed %q", got)
	}
}

// older stores a request as a version without the index of closed ones has closed it.
func (l listOf) older(t *testing.T, id string, status dsr.Status) {
	t.Helper()
	_, err := l.Ledger.RecordRequest(t.Context(), dsr.NewRequestRecord(dsr.Request{ID: id, Kind: dsr.KindExport, Subject: &dsr.Subject{ObjectID: "object-of-" + id}}, "", false, operatortest.Time))
	l.Must(err)
	body := fmt.Sprintf(`{"schemaVersion":"1.0","kind":"export","status":%q,"closedAt":"2026-11-01T00:00:00Z"}`, status)
	l.Put(l.Audit, id+"/1/manifest.json", body)
}

func TestWhatAnEarlierVersionClosedIsListedAndThenOnTheIndex(t *testing.T) {
	for _, top := range []int{1, 2, 3, 50} {
		l := newList(t)
		l.open(t, "open", dsr.KindExport, 5)
		l.closed(t, "newest", dsr.StatusSucceeded, 1)
		l.older(t, "older-a", dsr.StatusSucceeded)
		l.older(t, "older-b", dsr.StatusFailed)
		l.older(t, "older-c", dsr.StatusSucceeded)
		o, _ := l.Operator(operatortest.Time)

		// Whoever looks for a few puts all that are passed over on the index.
		if got := strings.Join(idsOf(t, o, operator.PageOptions{Top: top, States: []string{"failed"}}), " "); got != "older-b" {
			t.Errorf("%d a page: got %q", top, got)
		}
		for range 2 {
			if got := strings.Join(idsOf(t, o, operator.PageOptions{Top: top}), " "); got != "open newest older-a older-b older-c" {
				t.Errorf("%d a page: got %q", top, got)
			}
		}

		l.audit.calls = 0
		idsOf(t, o, operator.PageOptions{Top: top})
		if l.audit.calls > 0 {
			t.Errorf("the evidence is listed %d more times", l.audit.calls)
		}
	}
}

func TestAPageOfWhatAnEarlierVersionClosedIsBounded(t *testing.T) {
	l := newList(t)
	for i := range 1000 {
		l.older(t, fmt.Sprintf("req-%04d", i), dsr.StatusSucceeded)
	}
	o, _ := l.Operator(operatortest.Time)

	page, err := o.Page(t.Context(), operator.PageOptions{})
	if err != nil || len(page.Rows) != 50 || page.Next == "" || page.Rows[0].Subject != "object-of-req-0000" {
		t.Errorf("%d rows, %v", len(page.Rows), err)
	}
	if page, err := o.Page(t.Context(), operator.PageOptions{Query: "none"}); err != nil || len(page.Rows) != 0 || page.Next == "" {
		t.Errorf("%d rows, next %q, %v", len(page.Rows), page.Next, err)
	}
	if got := idsOf(t, o, operator.PageOptions{}); len(got) != 1000 {
		t.Errorf("%d of 1,000 are listed", len(got))
	}
}

// A page reads what is shown again after a second, and what it is compared with later.
func TestAnOpenRequestIsReadAgainWhenItIsShown(t *testing.T) {
	l := newList(t)
	l.open(t, "first", dsr.KindExport, 1)
	l.open(t, "second", dsr.KindExport, 2)
	now := operatortest.Time
	o := operator.New(l.Connections, operator.Options{Now: func() time.Time { return now }, Queues: &operatortest.Queues{}})

	states := func() (out []string) {
		t.Helper()
		page, err := o.Page(t.Context(), operator.PageOptions{Top: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Rows {
			out = append(out, r.ID+" "+r.State)
		}
		return out
	}
	if got := states(); len(got) != 1 || got[0] != "first received" {
		t.Errorf("%q", got)
	}

	_, err := l.Ledger.RecordPlan(t.Context(), dsr.Plan{SchemaVersion: dsr.SchemaVersion, RequestID: "first", Attempt: 1, Kind: dsr.KindExport, Nodes: []dsr.Node{{Number: 1, Type: "models"}}})
	l.Must(err)
	now = now.Add(2 * time.Second)
	if got := states(); got[0] != "first running" {
		t.Errorf("two seconds later %q", got)
	}

	// One that is being closed keeps its state until it is listed as closed.
	l.Must(l.Ledger.RemoveOpen(t.Context(), dsr.Attempt{RequestID: "first", Number: 1}))
	if got := states(); got[0] != "first running" {
		t.Errorf("while it closes %q", got)
	}
	now = now.Add(2 * time.Second)
	if got := states(); got[0] != "second received" {
		t.Errorf("after its closing %q", got)
	}
}
