package task_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// listed is a fixture whose list answers by the cursor.
type listed struct {
	*fixture
	answer func(cursor string) task.Listing
	calls  int
}

func (l *listed) List(ctx context.Context, job task.Job, cursor string) (task.Listing, error) {
	l.calls++
	name := job.Task.AnswerBlob(job.Target)
	answer := l.answer(cursor)
	answer.Answer = dsr.BlobRef{Name: strings.TrimPrefix(name, "r/1/")}
	return answer, l.part(ctx, name)
}

func newListed(t *testing.T, answer func(cursor string) task.Listing) *listed {
	l := &listed{fixture: newFixture(t), answer: answer}
	l.runner = task.New(l.ledger, l, l, l, task.Options{ChunkItems: 2})
	return l
}

// walk runs the listing tasks to the list's end and returns the page records.
func (l *listed) walk(atMost int) []dsr.Page {
	l.t.Helper()
	var pages []dsr.Page
	for k := l.first(); k.Page <= atMost; k.Page++ {
		if err := l.run(k, 1); err != nil {
			l.t.Fatal(err)
		}
		p, _, found, err := l.ledger.Page(l.t.Context(), k)
		if err != nil || !found {
			l.t.Fatalf("page %d is not recorded: %v", k.Page, err)
		}

		pages = append(pages, p)
		if p.State != dsr.PageNext {
			return pages
		}
	}

	l.t.Fatalf("the list has not ended after %d pages", atMost)

	return nil
}

func TestWhatAPageRepeatsIsLeftOutAcrossEmptyPages(t *testing.T) {
	for name, tt := range map[string]struct {
		pages [][]string
		want  [][]string // what is worked on
		most  int        // ids that a record's window may hold
	}{
		"the page before":                    {[][]string{{"a", "x"}, {"x", "b"}}, [][]string{{"a", "x"}, {"b"}}, 0},
		"across an empty page":               {[][]string{{"a", "x"}, {}, {"x", "b"}}, [][]string{{"a", "x"}, {}, {"b"}}, 2},
		"across several":                     {[][]string{{"a", "x"}, {}, {}, {}, {"a", "x", "b"}}, [][]string{{"a", "x"}, {}, {}, {}, {"b"}}, 2},
		"across a page that only repeats":    {[][]string{{"a", "x"}, {"x"}, {"a", "b"}}, [][]string{{"a", "x"}, {}, {"b"}}, 2},
		"what the page before had repeated":  {[][]string{{"a", "x"}, {"x", "b"}, {"x", "c"}}, [][]string{{"a", "x"}, {"b"}, {"c"}}, 1},
		"the window moves with what is new":  {[][]string{{"a"}, {"b"}, {}, {"a", "b"}}, [][]string{{"a"}, {"b"}, {}, {"a"}}, 1},
		"the list begins with an empty page": {[][]string{{}, {"a"}, {"a"}}, [][]string{{}, {"a"}, {}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := newListed(t, func(cursor string) task.Listing {
				n := 0
				_, _ = fmt.Sscan(cursor, &n)
				answer := task.Listing{Items: tt.pages[n]}
				if n+1 < len(tt.pages) {
					answer.Cursor = fmt.Sprint(n + 1)
				}
				return answer
			})
			for i, p := range l.walk(len(tt.pages)) {
				if !slices.Equal(p.Items, tt.want[i]) || p.Repeated != len(tt.pages[i])-len(tt.want[i]) || len(p.Window) > tt.most {
					t.Errorf("page %d works on %v, repeats %d and passes on %v; want %v", i+1, p.Items, p.Repeated, p.Window, tt.want[i])
				}
			}
		})
	}
}

func TestARingOfAnyLengthEndsAsMalformed(t *testing.T) {
	for _, ring := range []int{1, 2, 3, 7, 64, 100} {
		for _, before := range []int{0, 1, 5, 90} {
			t.Run(fmt.Sprintf("%d pages before a ring of %d", before, ring), func(t *testing.T) {
				l := newListed(t, func(cursor string) task.Listing {
					n := 0
					_, _ = fmt.Sscan(cursor, &n)
					if n++; n >= before+ring {
						n = before
					}
					return task.Listing{Items: []string{"item" + cursor}, Cursor: fmt.Sprint(n)}
				})

				pages := l.walk(3*max(ring, before) + 3)
				last := pages[len(pages)-1]
				if last.State != dsr.PageFailed || last.Failure.Reason != dsr.ReasonMalformedAnswer {
					t.Errorf("the last page is %+v", last)
				}

				k := l.first()
				k.Page = last.Number
				r, found, err := l.ledger.Receipt(t.Context(), k)
				if err != nil || !found || r.Outcome != dsr.Failed {
					t.Errorf("its receipt is %+v, %t, %v", r, found, err)
				}
			})
		}
	}
}

// A record that an earlier version wrote has no anchor, and its list goes on.
func TestARingIsNoticedBehindARecordWithoutAnAnchor(t *testing.T) {
	l := newListed(t, func(cursor string) task.Listing {
		return task.Listing{Cursor: map[string]string{"x": "y", "y": "x"}[cursor]}
	})
	k := l.first()
	old := dsr.NewPage(k, []string{"a"}, nil, 2)
	old.State, old.Cursor = dsr.PageNext, "x"
	if _, _, err := l.ledger.RecordPage(t.Context(), k, old); err != nil {
		t.Fatal(err)
	}

	pages := l.walk(8)
	if last := pages[len(pages)-1]; last.State != dsr.PageFailed || l.calls > 4 {
		t.Errorf("after %d calls the last page is %+v", l.calls, last)
	}
}
