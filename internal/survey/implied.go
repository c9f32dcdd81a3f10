package survey

import (
	"context"
	"iter"

	"azureml-dsr/internal/dsr"
)

// Tasks yields the tasks that the pages imply, node by node. Those of a sub-node follow
// the task whose receipt names it. Pages of a pass that was given up imply none.
func (s *Survey) Tasks(ctx context.Context) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		for _, n := range s.plan.Nodes {
			if !s.nodeTasks(ctx, n, yield) {
				return
			}
		}
	}
}

func (s *Survey) nodeTasks(ctx context.Context, n dsr.Node, yield func(Found, error) bool) bool {
	for t, err := range s.own.tasksOf(ctx, s.listOf(n)) {
		if !yield(t, err) || err != nil {
			return false
		}

		for _, id := range t.Receipt.SubNodes {
			for sub, err := range s.subs.tasksOf(ctx, subList(t, id)) {
				if !yield(sub, err) || err != nil {
					return false
				}
			}
		}
	}
	return true
}

// TasksBehind yields the tasks that the plan's nodes imply, without those of sub-nodes, in
// the order of their receipts' names. It begins behind the receipt of a name, "" for the
// first.
func (s *Survey) TasksBehind(ctx context.Context, behind string) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		resumed := &receipts{Survey: s}
		number, err := resumed.resume(behind)
		if err != nil {
			yield(Found{}, err)
			return
		}

		for _, n := range s.plan.Nodes {
			if n.Number < number {
				continue
			}

			at := s.listOf(n).begin()
			if n.Number == number && resumed.own.Pass > 0 {
				at = place{pass: resumed.own.Pass, page: resumed.own.Page - 1, since: at.since}
			}

			for t, err := range s.own.tasksFrom(ctx, s.listOf(n), at) {
				if err == nil && t.Task.ReceiptName() <= behind {
					continue
				}
				if !yield(t, err) || err != nil {
					return
				}
			}
		}
	}
}

// tasksOf yields the tasks of a list's newest pass.
func (r *records) tasksOf(ctx context.Context, l list) iter.Seq2[Found, error] {
	return r.tasksFrom(ctx, l, l.begin())
}

// tasksFrom yields the tasks of a list's newest pass, from a place on if the place is in
// that pass.
func (r *records) tasksFrom(ctx context.Context, l list, at place) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		at, err := r.newest(ctx, l, at)
		if err != nil {
			yield(Found{}, err)
			return
		}

		for step, err := range r.walk(ctx, l, at) {
			if err != nil {
				yield(Found{}, err)
				return
			}
			if step.task != nil && !yield(*step.task, nil) {
				return
			}
		}
	}
}
