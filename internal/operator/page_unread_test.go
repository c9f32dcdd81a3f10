package operator_test

import (
	"fmt"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

// A process that has just begun knows nothing of a thousand open requests. It reads those that
// it shows.
func TestTheFirstPageOfAThousandReadsWhatItShows(t *testing.T) {
	l := newList(t)
	for i := range 1000 {
		l.open(t, fmt.Sprintf("req-%04d", i), dsr.KindExport, 8+i)
	}

	const perRow = 4 // the index, the request, its extension and its plan
	for name, ask := range map[string]func(*operator.Operator) (rows int, err error){
		"a page": func(o *operator.Operator) (int, error) {
			page, err := o.Page(t.Context(), operator.PageOptions{})
			return len(page.Rows), err
		},
		"the overview": func(o *operator.Operator) (int, error) {
			v, err := o.Overview(t.Context())
			if v.Open != 1000 {
				t.Errorf("%d are open", v.Open)
			}
			return 0, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := l.Operator(operatortest.Time)
			l.audit.reads.Store(0)
			l.index.reads.Store(0)
			rows, err := ask(o)
			if err != nil {
				t.Fatal(err)
			}
			if reads := l.audit.reads.Load() + l.index.reads.Load(); reads > int64(perRow*rows)+2 {
				t.Errorf("%d blobs are read for %d rows", reads, rows)
			}
		})
	}
}

// The index has the deadline that a request names. What it was extended to counts.
func TestAnExtendedDeadlineCountsInAListThatWasNotReadYet(t *testing.T) {
	extended := func(t *testing.T, inDays int) listOf {
		t.Helper()
		l := newList(t)
		l.open(t, "extended", dsr.KindExport, -1)
		l.open(t, "second", dsr.KindExport, 2)
		l.open(t, "third", dsr.KindExport, 20)
		_, err := l.Ledger.RecordExtension(t.Context(), dsr.Extension{
			RequestID:  "extended",
			DueAt:      operatortest.Time.AddDate(0, 0, -1),
			Until:      operatortest.Time.AddDate(0, 0, inDays),
			Reason:     "x",
			ExtendedAt: operatortest.Time,
		})
		l.Must(err)
		return l
	}

	for name, tt := range map[string]struct {
		days int
		opts operator.PageOptions
		want string
	}{
		"a page of one":      {10, operator.PageOptions{Top: 1}, "second extended third"},
		"a page of all":      {10, operator.PageOptions{}, "second extended third"},
		"late":               {10, operator.PageOptions{Due: "late"}, ""},
		"due soon":           {5, operator.PageOptions{Due: "soon"}, "second extended"},
		"by the subject":     {10, operator.PageOptions{Query: "object-of-t"}, "third"},
		"what nobody is":     {10, operator.PageOptions{Query: "object-of-x"}, ""},
		"in a state of none": {10, operator.PageOptions{States: []string{"running"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := extended(t, tt.days).Operator(operatortest.Time)
			if got := strings.Join(idsOf(t, o, tt.opts), " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}

	o, _ := extended(t, 5).Operator(operatortest.Time)
	if v, err := o.Overview(t.Context()); err != nil || v.Late != 0 || v.DueThisWeek != 2 {
		t.Errorf("%+v, %v", v, err)
	}
}

// What an earlier version has entered in the index is read before it is listed.
func TestWhatTheIndexSaysNothingOfIsListedToo(t *testing.T) {
	l := newList(t)
	l.open(t, "new", dsr.KindExport, 9)
	l.open(t, "old", dsr.KindExport, 3)
	a := dsr.Attempt{RequestID: "old", Number: 1}
	open, version, _, err := l.Ledger.OpenVersion(t.Context(), a)
	l.Must(err)
	open.Kind = ""
	_, err = l.Ledger.SwapOpen(t.Context(), open, ledger.Version{ETag: version.ETag})
	l.Must(err)

	o, _ := l.Operator(operatortest.Time)
	if got := strings.Join(idsOf(t, o, operator.PageOptions{Top: 1}), " "); got != "old new" {
		t.Errorf("listed %q", got)
	}
}

// A list of a terminal shows the state of each request, and so reads all of them: each record
// once.
func TestAListReadsEachRecordOnce(t *testing.T) {
	l := newList(t)
	for i := range 100 {
		l.open(t, fmt.Sprintf("req-%04d", i), dsr.KindExport, i)
	}
	l.audit.reads.Store(0)
	l.index.reads.Store(0)

	o, _ := l.Operator(operatortest.Time)
	listed, err := o.List(t.Context(), operator.ListOptions{})
	if err != nil || len(listed) != 100 || listed[0].ID != "req-0000" {
		t.Fatalf("%d are listed, %v", len(listed), err)
	}
	const perRequest = 4 // the request, its extension, its manifest and its plan
	if reads := l.audit.reads.Load() + l.index.reads.Load(); reads > 100*perRequest {
		t.Errorf("%d blobs are read", reads)
	}
}
