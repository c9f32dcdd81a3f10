package ledger

import (
	"context"

	"golang.org/x/sync/singleflight"
)

// readOnce reads a record once for all concurrent callers. A caller whose own context is
// alive reads again if the shared read failed.
func readOnce[V any](ctx context.Context, reads *singleflight.Group, name string, read func() (V, error)) (V, error) {
	readAny := func() (any, error) { return read() }
	v, err, shared := reads.Do(name, readAny)
	if err != nil && shared && ctx.Err() == nil {
		v, err = readAny() // the shared read may have ended with another caller's context
	}
	if err != nil {
		var zero V
		return zero, err
	}
	out, _ := v.(V)
	return out, nil
}
