package app

import (
	"context"
	"errors"
	"log/slog"
	"testing"
)

func TestContainersAreMadeOnceThatHasWorked(t *testing.T) {
	calls, fail := 0, true
	c := &containers{logger: slog.New(slog.DiscardHandler), ensure: func(context.Context) error {
		calls++
		if fail {
			return errors.New("no")
		}
		return nil
	}}

	c.try(t.Context())
	fail = false
	c.try(t.Context())
	c.try(t.Context())
	if calls != 2 {
		t.Fatalf("made %d times, want twice: until it worked", calls)
	}
}
