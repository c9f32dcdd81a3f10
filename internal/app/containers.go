package app

import (
	"context"
	"log/slog"
	"sync"
)

// containers creates the blob containers when they are first needed.
type containers struct {
	ensure func(context.Context) error
	logger *slog.Logger

	mu   sync.Mutex
	done bool
}

// ensureOnce creates what is missing, unless an earlier call has succeeded. It only logs
// a failure. An identity that may not create containers can still use existing ones, and
// if there are none the caller's own writes fail with an error of the right class.
func (c *containers) ensureOnce(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.done || c.ensure == nil {
		return
	}
	if err := c.ensure(ctx); err != nil {
		c.logger.WarnContext(ctx, "could not make sure of the containers", "error", err.Error())
		return
	}
	c.done = true
}
