package api

import (
	"context"
	"time"
)

// cached remembers a value for a while. Of several callers at once one asks for it, and the
// others wait for that answer, so that no caller can make many.
type cached[T any] struct {
	now  func() time.Time
	most time.Duration
	turn chan struct{} // holds an element while somebody asks or looks

	value T
	at    time.Time // zero: there is none
}

func newCached[T any](now func() time.Time, most time.Duration) *cached[T] {
	return &cached[T]{now: now, most: most, turn: make(chan struct{}, 1)}
}

// get returns the value, and asks for it when it is too old. An error is not remembered.
func (c *cached[T]) get(ctx context.Context, ask func(context.Context) (T, error)) (value T, err error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return value, ctx.Err()
	}

	if !c.at.IsZero() && c.now().Sub(c.at) < c.most {
		return c.value, nil
	}
	if value, err = ask(ctx); err != nil {
		return value, err
	}
	c.value, c.at = value, c.now()

	return value, nil
}
