package app

import (
	"context"
	"log/slog"
	"sync"
)

// containers are the blob containers, made when first needed.
type containers struct {
	ensure func(context.Context) error
	logger *slog.Logger

	mu   sync.Mutex
	done bool
}

// try makes what is missing, until that has worked once. A failure is only
// told: an identity that may not create containers can use those that are
// there, and if they aren't, the caller's own writes say so with the class that
// a later try needs.
func (c *containers) try(ctx context.Context) {
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
