package app

import (
	"context"
	"errors"
	"log/slog"
	"testing"
)

func TestContainersAreCreatedUntilThatHasSucceededOnce(t *testing.T) {
	calls, fail := 0, true
	c := &containers{logger: slog.New(slog.DiscardHandler), ensure: func(context.Context) error {
		calls++
		if fail {
			return errors.New("no")
		}
		return nil
	}}

	c.ensureOnce(t.Context())
	fail = false
	c.ensureOnce(t.Context())
	c.ensureOnce(t.Context())
	if calls != 2 {
		t.Fatalf("created %d times, want twice: until it succeeds", calls)
	}
}
