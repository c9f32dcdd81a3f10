package ledger

import (
	"context"

	"golang.org/x/sync/singleflight"
)

// readOnce reads a record that is kept afterwards, once for all who ask for it at the
// same time.
func readOnce[V any](ctx context.Context, reads *singleflight.Group, name string, read func() (V, error)) (V, error) {
	look := func() (any, error) { return read() }
	v, err, shared := reads.Do(name, look)
	if err != nil && shared && ctx.Err() == nil {
		v, err = look() // the other's context may have ended
	}
	if err != nil {
		var zero V
		return zero, err
	}
	out, _ := v.(V)
	return out, nil
}
