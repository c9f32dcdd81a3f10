package bus

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/go-amqp"
)

// counted is a link that counts how often it is closed.
type counted struct{ closed *int }

func (c counted) Close(context.Context) error {
	*c.closed++
	return nil
}

// newCounted returns a pool, and how many of its links were opened and closed.
func newCounted() (p *pool[counted], opened, closed *int) {
	opened, closed = new(int), new(int)
	return newPool("q", func() (counted, error) {
		*opened++
		return counted{closed}, nil
	}), opened, closed
}

func TestALinkIsUsedByOneCallerAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, opened, closed := newCounted()
		for range 3 * maxLinks {
			go func() {
				_ = p.use(t.Context(), "using", func(counted) error {
					<-time.After(time.Minute)
					return nil
				})
			}()
		}

		synctest.Wait()

		if *opened != maxLinks {
			t.Errorf("%d links are open", *opened)
		}

		<-time.After(time.Hour)

		if *opened != maxLinks || *closed != 0 {
			t.Errorf("%d were opened and %d closed", *opened, *closed)
		}
	})
}

func TestWaitingForALinkEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, _ := newCounted()
		release := make(chan struct{})
		defer close(release)

		for range maxLinks {
			go func() {
				_ = p.use(t.Context(), "using", func(counted) error {
					<-release
					return nil
				})
			}()
		}

		synctest.Wait() // all links are in use
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		begun := time.Now()
		err := p.use(ctx, "using", func(counted) error { return nil })
		if took := time.Since(begun); !errors.Is(err, context.DeadlineExceeded) || took != time.Second {
			t.Errorf("%v after %s", err, took)
		}
	})
}

func TestOnlyALinkThatMayBeBrokenIsClosed(t *testing.T) {
	busy := &amqp.Error{Condition: condServerBusy}
	for name, tt := range map[string]struct {
		err  error
		kept bool
	}{
		"nothing failed":        {nil, true},
		"it is busy":            {busy, true},
		"the queue is full":     {&amqp.Error{Condition: amqp.ErrCondResourceLimitExceeded}, true},
		"it is detached":        {&amqp.LinkError{}, false},
		"it is detached, busy":  {&amqp.LinkError{RemoteErr: busy}, false},
		"its session ended":     {&amqp.SessionError{}, false},
		"its connection ended":  {&amqp.ConnError{}, false},
		"the queue is disabled": {&amqp.Error{Condition: condEntityDisabled}, false},
		"the caller had enough": {context.Canceled, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, opened, closed := newCounted()
			for range 2 {
				_ = p.use(t.Context(), "using", func(counted) error { return tt.err })
			}
			want := map[bool][2]int{true: {1, 0}, false: {2, 2}}[tt.kept]
			if got := [2]int{*opened, *closed}; got != want {
				t.Errorf("opened and closed are %v, want %v", got, want)
			}
		})
	}
}
