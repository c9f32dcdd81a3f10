package task

import (
	"context"
	"sync"
	"time"

	"azureml-dsr/internal/dsr"
)

const (
	// notCanceledFor is how long it is remembered that an attempt is not canceled. A task
	// that begins in this time after a cancel still runs, like one that was at work.
	notCanceledFor = 3 * time.Second
	// maxCancels bounds the attempts that are remembered.
	maxCancels = 1024
)

// cancels looks up whether attempts are canceled, and remembers for a moment which are
// not: a large export asks with every task. It is for tasks that only read; a task that
// deletes always asks the ledger. It is safe for concurrent use.
type cancels struct {
	lookUp func(context.Context, dsr.Attempt) (bool, error)
	now    func() time.Time

	mu   sync.Mutex
	last map[dsr.Attempt]time.Time // when an attempt was last seen not to be canceled
}

func newCancels(lookUp func(context.Context, dsr.Attempt) (bool, error), now func() time.Time) *cancels {
	return &cancels{lookUp: lookUp, now: now, last: map[dsr.Attempt]time.Time{}}
}

// canceled reports whether an attempt is canceled. It may miss a cancel that is younger
// than notCanceledFor.
func (c *cancels) canceled(ctx context.Context, a dsr.Attempt) (bool, error) {
	began := c.now()
	if c.fresh(a, began) {
		return false, nil
	}

	canceled, err := c.lookUp(ctx, a)
	if err == nil && !canceled {
		c.remember(a, began)
	}

	return canceled, err
}

// fresh reports whether an attempt was seen not to be canceled a moment before now. A
// clock that was set back makes nothing fresh.
func (c *cancels) fresh(a dsr.Attempt, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, ok := c.last[a]
	age := now.Sub(last)
	return ok && age >= 0 && age < notCanceledFor
}

func (c *cancels) remember(a dsr.Attempt, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.last) >= maxCancels {
		clear(c.last)
	}
	c.last[a] = at
}
