package task

import (
	"sync"

	"azureml-dsr/internal/dsr"
)

// running knows the tasks of each attempt that this process works on. The zero value is
// empty. It is safe for concurrent use.
type running struct {
	mu    sync.Mutex
	tasks map[dsr.Attempt]map[string]struct{} // by the tasks' ids
}

// enter notes a task until leave is called.
func (r *running) enter(t dsr.Task) {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.tasks == nil {
		r.tasks = map[dsr.Attempt]map[string]struct{}{}
	}
	a := t.Of()
	if r.tasks[a] == nil {
		r.tasks[a] = map[string]struct{}{}
	}
	r.tasks[a][t.ID()] = struct{}{}
}

// leave takes a task off, and reports whether no other of its attempt is at work. It may be
// called again. Of tasks that end at the same time one is told so, for each is off before
// it asks.
func (r *running) leave(t dsr.Task) (last bool) {
	r.mu.Lock()
	defer r.mu.Unlock()

	a := t.Of()
	delete(r.tasks[a], t.ID())
	if len(r.tasks[a]) > 0 {
		return false
	}
	delete(r.tasks, a)

	return true
}
