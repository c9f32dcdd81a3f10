package upstream

import "time"

const (
	// maxAdmitted is how many pieces of work use a gate at a time while admission is
	// limited. Each has several calls in flight, which is enough for what a
	// throttling upstream grants.
	maxAdmitted = 2
	// limitedFor is how long admission stays limited after the upstream has last
	// asked for a pause or for a pace.
	limitedFor = 10 * time.Second
	// longestTurnover is the most that is assumed for the time between two ends of
	// work. Then four pieces a second come back in vain at worst, which costs little.
	longestTurnover = 500 * time.Millisecond
)

// admission limits how many pieces of work use a gate while the upstream
// throttles.
//
// A piece of work is several calls of which nothing is kept unless all are made.
// If all pieces shared the few calls that are granted, none would end in time, and
// what they have read would be lost. So maxAdmitted pieces run to their end, and every
// other is turned away at its first call, when it has nothing to lose yet.
//
// Those that are turned away are told to come back one after another, at about the
// rate at which work ends. If all came back at once, all but a few would come in vain.
type admission struct {
	limitedUntil time.Time
	admitted     int           // pieces of work
	lastReturn   time.Time     // when the piece that was turned away last is to come back
	lastEnd      time.Time     // when work last ended, or was admitted where there was none
	turnover     time.Duration // average time between two ends of work
}

// limit limits admission for a while from a time on.
func (a *admission) limit(from time.Time) {
	a.limitedUntil = later(a.limitedUntil, from.Add(limitedFor))
}

func (a *admission) limited(now time.Time) bool { return a.limitedUntil.After(now) }

func (a *admission) inUse(now time.Time) bool { return a.admitted > 0 || a.limited(now) }

// full reports whether no further work is admitted.
func (a *admission) full(now time.Time) bool { return a.admitted >= maxAdmitted && a.limited(now) }

// comeBackAt returns when the next piece of work that is turned away is to come back,
// which is not before from. They come back twice as fast as work ends, because one that
// comes in vain costs less than a place that stays free.
func (a *admission) comeBackAt(from time.Time) time.Time {
	turnover := longestTurnover
	if a.turnover > 0 {
		turnover = min(a.turnover, longestTurnover)
	}

	a.lastReturn = later(a.lastReturn, from).Add(turnover / 2)
	return a.lastReturn
}

// enter counts a piece of work in.
func (a *admission) enter(now time.Time) {
	if a.admitted == 0 {
		a.lastEnd = now
	}
	a.admitted++
}

// leave counts a piece of work out, and averages the turnover: each new value
// counts for a quarter.
func (a *admission) leave(now time.Time) {
	latest := now.Sub(a.lastEnd)
	if a.turnover == 0 {
		a.turnover = latest
	}
	a.turnover += (latest - a.turnover) / 4

	a.lastEnd = now
	a.admitted--
}
