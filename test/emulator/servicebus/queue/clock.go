package queue

import (
	"sync/atomic"
	"time"
)

// Clock is the time that queues go by: package time's, plus as much as it was
// moved ahead. Queues that forward to one another share one. Make one with
// [NewClock].
type Clock struct {
	start time.Time
	ahead atomic.Int64 // nanoseconds
}

// NewClock makes a clock that shows package time's time.
func NewClock() *Clock { return &Clock{start: time.Now()} }

// Now is the clock's time.
func (c *Clock) Now() time.Time { return c.time(c.now()) }

// Advance moves the clock ahead. Call [Queue.Tick] of all its queues then.
func (c *Clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }

// moment is a time as nanoseconds since the clock's start: a third of what a
// time.Time takes, in each of a million messages. What is due at 0 never is.
type moment int64

func (c *Clock) now() moment { return moment(time.Since(c.start)) + moment(c.ahead.Load()) }

func (c *Clock) time(m moment) time.Time { return c.start.Add(time.Duration(m)) }

func (c *Clock) moment(t time.Time) moment { return moment(t.Sub(c.start)) }
