package survey_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

// history is what an attempt records, in order. A line is a page, "node pass-page state
// chunks", or a receipt, "node pass-page-chunk type [ids of sub-nodes]". A receipt whose
// line ends in an exclamation mark has a failure.
type history struct {
	plan  dsr.Plan
	lines []string
}

// recorded is a store that shows the first lines of a history, up to now. Before each
// listing call grow returns how many lines are recorded meanwhile.
type recorded struct {
	history
	now      int
	pageSize int
	grow     func(left int) int
	pages    []dsr.PageMark
	receipts []dsr.ReceiptMark
	at       []int // of each line: its index among pages, or -1 - its index among receipts
}

func (h history) store(t testing.TB, pageSize int, grow func(left int) int) *recorded {
	t.Helper()
	r := &recorded{history: h, pageSize: pageSize, grow: grow}
	for i, line := range h.lines {
		page, receipt, isPage, err := parse(line, time.Unix(int64(1000+i), 0))
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}

		if isPage {
			r.at = append(r.at, len(r.pages))
			r.pages = append(r.pages, page)
		} else {
			r.at = append(r.at, -1-len(r.receipts))
			r.receipts = append(r.receipts, receipt)
		}
	}

	return r
}

// parse reads a line as a page or a receipt.
func parse(line string, created time.Time) (dsr.PageMark, dsr.ReceiptMark, bool, error) {
	line, failed := strings.CutSuffix(line, "!")
	f := strings.Fields(line)
	var g, p, c int
	if n, _ := fmt.Sscanf(f[1], "%d-%d-%d", &g, &p, &c); n == 3 {
		meta := map[string]string{"outcome": "succeeded", "subnodes": strings.Join(f[3:], " ")}
		if failed {
			meta["failures"] = "1"
		}
		m, err := dsr.ParseReceiptMark("", dsr.ReceiptName(f[0], g, p, c, f[2]), meta, created)
		return dsr.PageMark{}, m, false, err
	}

	m, err := dsr.ParsePageMark(dsr.PageName(f[0], g, p), map[string]string{"state": f[2], "chunks": f[3]}, created)
	return m, dsr.ReceiptMark{}, true, err
}

func (r *recorded) ListPages(_ context.Context, _ dsr.Attempt, from string, most int) ([]dsr.PageMark, bool, error) {
	r.now += r.grow(len(r.lines) - r.now)
	var seen []dsr.PageMark
	for i := range r.now {
		if at := r.at[i]; at >= 0 {
			seen = append(seen, r.pages[at])
		}
	}
	return oneCall(seen, dsr.PageMark.Name, from, min(most, r.pageSize))
}

func (r *recorded) ListReceipts(_ context.Context, _ dsr.Attempt, from string, most int) ([]dsr.ReceiptMark, bool, error) {
	r.now += r.grow(len(r.lines) - r.now)
	var seen []dsr.ReceiptMark
	for i := range r.now {
		if at := r.at[i]; at < 0 {
			seen = append(seen, r.receipts[-1-at])
		}
	}
	return oneCall(seen, dsr.ReceiptMark.Name, from, min(most, r.pageSize))
}

// oneCall returns what one listing call shows of the records that exist.
func oneCall[T any](seen []T, name func(T) string, from string, most int) ([]T, bool, error) {
	slices.SortFunc(seen, func(a, b T) int { return strings.Compare(name(a), name(b)) })
	seen = slices.DeleteFunc(seen, func(m T) bool { return name(m) < from })
	return seen[:min(most, len(seen))], len(seen) > most, nil
}

// truth derives from all that is recorded by now whether the attempt is complete, and the
// names of the receipts that count.
func (r *recorded) truth() (complete bool, names []string) {
	pages := map[string]dsr.PageMark{}
	receipts := map[string]dsr.ReceiptMark{}
	for i := range r.now {
		if at := r.at[i]; at >= 0 {
			pages[r.pages[at].Name()] = r.pages[at]
		} else {
			receipts[r.receipts[-1-at].Name()] = r.receipts[-1-at]
		}
	}

	complete = true
	var list func(node string, types []string)
	list = func(node string, types []string) {
		newest := 1
		for _, p := range pages {
			if p.Node == node && p.State == dsr.PageContinues {
				newest = max(newest, p.Pass+1)
			}
		}

		for number := 1; ; number++ {
			p, there := pages[dsr.PageName(node, newest, number)]
			if !there {
				complete = false
				return
			}

			for chunk := range p.Chunks {
				for _, typ := range types {
					if !p.State.Works() && (chunk > 0 || typ != types[0]) {
						continue
					}
					m, done := receipts[dsr.ReceiptName(node, newest, number, chunk, typ)]
					if !done {
						complete = false
						continue
					}

					names = append(names, m.Name())

					for _, id := range m.SubNodes {
						list(node+"~"+id, []string{typ})
					}
				}
			}

			if p.State.Ends() {
				return
			}
		}
	}
	for _, n := range r.plan.Nodes {
		list(dsr.NodeName(n.Number), append([]string{n.Type}, n.Followers...))
	}

	slices.Sort(names)

	return complete, slices.Compact(names)
}

func never() bool { return false }

// check surveys the attempt once and compares what it finds with the truth.
func (r *recorded) check(t testing.TB, from dsr.Checkpoint) survey.Progress {
	t.Helper()
	return r.checkUntil(t, from, never)
}

func (r *recorded) checkUntil(t testing.TB, from dsr.Checkpoint, timeUp func() bool) survey.Progress {
	t.Helper()
	s := survey.New(r, r.plan)
	got, err := s.Advance(t.Context(), from, timeUp)
	if err != nil {
		t.Fatal(err)
	}

	complete, names := r.truth()
	if got.Complete && !complete {
		t.Fatalf("complete, while open: %d of %d records\n%s", r.now, len(r.lines), strings.Join(r.lines[:r.now], "\n"))
	}
	if !got.Complete {
		return got
	}

	var counted []string
	for m, err := range s.Receipts(t.Context(), survey.Resume{}, false) {
		if err != nil {
			t.Fatalf("complete, and then: %v\n%s", err, strings.Join(r.lines, "\n"))
		}
		counted = append(counted, m.Name())
	}
	if !slices.Equal(counted, names) {
		t.Fatalf("counted %q, want %q", counted, names)
	}

	return got
}

func planOf(nodes ...dsr.Node) dsr.Plan {
	for i := range nodes {
		nodes[i].Number = i + 1
	}
	return dsr.Plan{
		RequestID: "r",
		Attempt:   1,
		CreatedAt: time.Unix(0, 0),
		Nodes:     nodes,
		SubNodes:  dsr.SubNodesByPlace,
	}
}
