package survey_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

// history is what an attempt records, in the order in which it does. A line is a
// page, "node generation-page state chunks", or a receipt, "node
// pass-page-chunk type [ids of sub-nodes]"; one that ends in an exclamation mark
// has a failure.
type history struct {
	plan  dsr.Plan
	lines []string
}

// recorded is a store that shows a history up to now. Before each call of a listing
// grow moves now on: that is what other work records between two calls.
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

func oneCall[T any](seen []T, name func(T) string, from string, most int) ([]T, bool, error) {
	slices.SortFunc(seen, func(a, b T) int { return strings.Compare(name(a), name(b)) })
	seen = slices.DeleteFunc(seen, func(m T) bool { return name(m) < from })
	return seen[:min(most, len(seen))], len(seen) > most, nil
}

// truth tells by a plain look at all that is recorded up to now whether the attempt
// is complete, and the names of the receipts that count.
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

// check looks at the attempt once and holds what it finds against the truth.
func (r *recorded) check(t testing.TB, from dsr.Checkpoint) survey.Progress {
	t.Helper()
	return r.checkUntil(t, from, never)
}

func (r *recorded) checkUntil(t testing.TB, from dsr.Checkpoint, until func() bool) survey.Progress {
	t.Helper()
	s := survey.New(r, r.plan)
	got, err := s.Advance(t.Context(), from, until)
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

// workers makes a history as workers would: a task runs only when a record names it,
// and which of those that are named is by chance. Lists have up to so many pages.
func workers(r *rand.Rand, plan dsr.Plan, pages int) history {
	h := history{plan: plan}
	type task struct {
		node       string
		types      []string
		g, p, c    int
		typ        string
		lists, sub bool
	}

	var ready []task
	for _, n := range plan.Nodes {
		types := append([]string{n.Type}, n.Followers...)
		ready = append(ready, task{
			node:  dsr.NodeName(n.Number),
			types: types,
			g:     1,
			p:     1,
			typ:   n.Type,
			lists: true,
		})
	}

	for len(ready) > 0 {
		i := r.IntN(len(ready))
		k := ready[i]
		ready = slices.Delete(ready, i, i+1)

		if k.lists {
			state, chunks := dsr.PageNext, 1+r.IntN(3)
			switch {
			case k.g < dsr.MaxPass && r.IntN(12) == 0:
				state, chunks = dsr.PageContinues, 1
			case r.IntN(20) == 0:
				state, chunks = dsr.PageFailed, 1
			case k.p >= 1+r.IntN(pages):
				state = dsr.PageLast
			}

			h.lines = append(h.lines, fmt.Sprintf("%s %d-%d %s %d", k.node, k.g, k.p, state, chunks))
			next := k
			switch state {
			case dsr.PageNext:
				next.p++
				ready = append(ready, next)
			case dsr.PageContinues:
				next.g, next.p = k.g+1, 1
				ready = append(ready, next)
			}

			for c := range chunks {
				for _, typ := range k.types {
					if (c > 0 || typ != k.typ) && state.Works() {
						ready = append(ready, task{
							node:  k.node,
							types: k.types,
							g:     k.g,
							p:     k.p,
							c:     c,
							typ:   typ,
							sub:   k.sub,
						})
					}
				}
			}
		}

		line := fmt.Sprintf("%s %d-%d-%d %s", k.node, k.g, k.p, k.c, k.typ)

		if !k.sub && r.IntN(4) == 0 {
			at := dsr.Task{
				Node:  k.node,
				Pass:  k.g,
				Page:  k.p,
				Chunk: k.c,
				Type:  k.typ,
			}
			for index := range 1 + r.IntN(2) {
				name := at.SubNode(k.types, index)
				if plan.SubNodes != dsr.SubNodesByPlace {
					name = dsr.SubNodeName(k.node, k.typ, line+fmt.Sprint(index))
				}
				_, id, _ := strings.Cut(name, "~")
				line += " " + id
				ready = append(ready, task{
					node:  name,
					types: []string{k.typ},
					g:     1,
					p:     1,
					typ:   k.typ,
					lists: true,
					sub:   true,
				})
			}
		}

		h.lines = append(h.lines, line)
	}

	return h
}
