package task

import (
	"sync"

	"azureml-dsr/internal/dsr"
)

// running counts the tasks of each attempt that this process works on. The zero value is
// empty. It is safe for concurrent use.
type running struct {
	mu    sync.Mutex
	tasks map[dsr.Attempt]int
}

// enter counts a task until leave is called.
func (r *running) enter(a dsr.Attempt) (leave func()) {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.tasks == nil {
		r.tasks = map[dsr.Attempt]int{}
	}
	r.tasks[a]++

	return func() { r.leave(a) }
}

func (r *running) leave(a dsr.Attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tasks[a]--; r.tasks[a] == 0 {
		delete(r.tasks, a)
	}
}

// alone reports whether at most one task of an attempt is at work.
func (r *running) alone(a dsr.Attempt) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tasks[a] <= 1
}
