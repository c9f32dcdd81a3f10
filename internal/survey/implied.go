package survey

import (
	"context"
	"iter"

	"azureml-dsr/internal/dsr"
)

// Tasks yields the tasks that the pages imply, node by node, those of a sub-node
// behind the task whose receipt names it. Pages of a generation that was given up
// imply none.
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

// tasksOf yields the tasks of a list's newest generation.
func (r *records) tasksOf(ctx context.Context, l list) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		at, err := r.newest(ctx, l, l.begin())
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
