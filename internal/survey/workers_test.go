package survey_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// workers makes a history as workers would: a task runs only when a record names it, and
// which of those that are named runs next is random. A list has about as many pages as
// pages says, at most.
func workers(r *rand.Rand, plan dsr.Plan, pages int) history {
	w := &working{Rand: r, history: history{plan: plan}, pages: pages}
	for _, n := range plan.Nodes {
		w.ready = append(w.ready, workTask{
			node:  dsr.NodeName(n.Number),
			types: append([]string{n.Type}, n.Followers...),
			pass:  1,
			page:  1,
			typ:   n.Type,
			lists: true,
		})
	}

	for len(w.ready) > 0 {
		i := r.IntN(len(w.ready))
		k := w.ready[i]
		w.ready = slices.Delete(w.ready, i, i+1)

		if k.lists {
			w.list(k)
		}
		w.finish(k)
	}

	return w.history
}

// working is a history in the making, with the tasks that may run.
type working struct {
	*rand.Rand
	history
	pages int
	ready []workTask
}

type workTask struct {
	node              string
	types             []string // that share the node's pages
	pass, page, chunk int
	typ               string
	lists, sub        bool
}

// list records the page that a task lists, and makes the tasks that it names ready.
func (w *working) list(k workTask) {
	state, chunks := dsr.PageNext, 1+w.IntN(3)
	switch {
	case k.pass < dsr.MaxPass && w.IntN(12) == 0:
		state, chunks = dsr.PageContinues, 1
	case w.IntN(20) == 0:
		state, chunks = dsr.PageFailed, 1
	case k.page >= 1+w.IntN(w.pages):
		state = dsr.PageLast
	}
	w.lines = append(w.lines, fmt.Sprintf("%s %d-%d %s %d", k.node, k.pass, k.page, state, chunks))

	next := k
	switch state {
	case dsr.PageNext:
		next.page++
		w.ready = append(w.ready, next)
	case dsr.PageContinues:
		next.pass, next.page = k.pass+1, 1
		w.ready = append(w.ready, next)
	}

	for c := range chunks {
		for _, typ := range k.types {
			if (c > 0 || typ != k.typ) && state.Works() {
				other := k
				other.chunk, other.typ, other.lists = c, typ, false
				w.ready = append(w.ready, other)
			}
		}
	}
}

// finish records a task's receipt. Some receipts name sub-nodes, whose first tasks it makes
// ready.
func (w *working) finish(k workTask) {
	line := fmt.Sprintf("%s %d-%d-%d %s", k.node, k.pass, k.page, k.chunk, k.typ)

	if !k.sub && w.IntN(4) == 0 {
		at := dsr.Task{
			Node:  k.node,
			Pass:  k.pass,
			Page:  k.page,
			Chunk: k.chunk,
			Type:  k.typ,
		}
		for index := range 1 + w.IntN(2) {
			name := at.SubNode(k.types, index)
			if w.plan.SubNodes != dsr.SubNodesByPlace {
				name = dsr.SubNodeName(k.node, k.typ, line+fmt.Sprint(index))
			}
			_, id, _ := strings.Cut(name, "~")
			line += " " + id
			w.ready = append(w.ready, workTask{
				node:  name,
				types: []string{k.typ},
				pass:  1,
				page:  1,
				typ:   k.typ,
				lists: true,
				sub:   true,
			})
		}
	}

	w.lines = append(w.lines, line)
}
