package upstream

import (
	"slices"
	"time"
)

const (
	// probes is how many calls of a method start before any answer has told how many calls
	// are left.
	probes = 4
	// longestProbe is how long the other calls wait for that answer.
	longestProbe = time.Second
)

// line is where the calls of a method stand whose turn has not come. Lone calls go first,
// then those of the piece of work that began first, as at limitPolicy. Their turns are not
// fixed, because the pace changes while they wait.
type line struct {
	waiting []*place
	flying  int       // calls that have started and have no answer
	first   time.Time // when the first of those started
	heard   bool      // an answer has come since
	pace    *pace     // nil where nothing is spaced out
}

// place is that of a call in a line.
type place struct {
	began time.Time     // of its piece of work; zero for a lone call
	again chan struct{} // gets a value when the call should look again
}

// join gives a call a place.
func (l *line) join(began time.Time) *place {
	c := &place{began: began, again: make(chan struct{}, 1)}
	at := slices.IndexFunc(l.waiting, func(o *place) bool { return o.began.After(began) })
	if at < 0 {
		at = len(l.waiting)
	}
	l.waiting = slices.Insert(l.waiting, at, c)
	return c
}

// turnOf returns how long a call has still to wait. When it is nothing, the call has left
// the line and its turn is taken.
func (l *line) turnOf(c *place, now time.Time, closed time.Duration) time.Duration {
	if l.flying == 0 && l.pace != nil && l.pace.isOutdated(now) {
		l.pace = nil
	}
	if wait := max(closed, l.wait(slices.Index(l.waiting, c), now)); wait > 0 {
		return wait
	}

	if l.flying == 0 {
		l.first, l.heard = now, false
	}
	l.flying++
	if l.pace != nil {
		l.pace.nextTurn = now.Add(l.pace.interval())
	}
	l.leave(c)
	return 0
}

// wait returns how long the call at a place has to wait by what is known now.
func (l *line) wait(at int, now time.Time) time.Duration {
	switch {
	case l.pace != nil:
		next := max(0, l.pace.nextTurn.Sub(now))
		return next + time.Duration(at)*l.pace.interval()
	case !l.heard && l.flying >= probes:
		return max(0, l.first.Add(longestProbe).Sub(now))
	}
	return 0
}

// leave takes a call out of the line, and has the next one look again.
func (l *line) leave(c *place) {
	l.waiting = slices.DeleteFunc(l.waiting, func(o *place) bool { return o == c })
	l.call()
}

// call has the first one in the line look again, or all where nothing is spaced out.
func (l *line) call() {
	for _, c := range l.waiting {
		select {
		case c.again <- struct{}{}:
		default:
		}
		if l.pace != nil {
			return
		}
	}
}

// land counts a call that has an answer, or will have none. known tells whether an answer
// says how many calls are left.
func (l *line) land(left int, known bool, now time.Time) {
	l.flying = max(0, l.flying-1)
	l.heard = true
	switch {
	case !known:
	case left >= plenty:
		l.pace = nil
	case l.pace == nil:
		p := newPace(float64(left), now)
		l.pace = &p
	default:
		l.pace.learn(float64(left), now)
	}
	l.call()
}

// inUse reports whether the line has anything to remember.
func (l *line) inUse(now time.Time) bool {
	return len(l.waiting) > 0 || l.flying > 0 || (l.pace != nil && !l.pace.isOutdated(now))
}
