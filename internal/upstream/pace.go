package upstream

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// How many calls Azure Resource Manager still grants a subscription; reads and
// deletes have a quota each.
const (
	remainingReads   = "X-Ms-Ratelimit-Remaining-Subscription-Reads"
	remainingDeletes = "X-Ms-Ratelimit-Remaining-Subscription-Deletes"
)

const (
	// plenty is the number of remaining calls from which on nothing is spaced out.
	plenty = 500
	// lowQuota is the number of remaining calls below which the upstream counts as
	// throttling.
	lowQuota = 100
	// restLevel is the number of remaining calls that all who share a quota come to keep:
	// enough for what they have in flight, and little enough that the rest is used.
	restLevel = 60
	// granted is how many calls a second are assumed to be granted in the long run. Where it
	// is another number, the level takes another time to come to rest, and that is all.
	granted = 25.0
	// settling is about how long the level takes to come to rest, in seconds.
	settling = 4.0
	// leastTarget is the part of the granted rate that is used, however few calls are left.
	leastTarget = 0.1
	// crowd is how many others are assumed to share a quota before anything is known.
	crowd = 40
	// mostUnused is how many times what it uses a pace may be: work reads and writes by
	// turns.
	mostUnused = 4
	// evening is what each change adds, in calls a second: it is much to one who is slow
	// and little to one who is fast, so that all come to the same rate.
	evening = 0.05
	// adapting is the least time between two changes of a pace.
	adapting = 250 * time.Millisecond
	// outdated is how long after its last answer a pace says nothing of who shares the quota.
	outdated = 10 * time.Second
)

// pace spaces out the calls of a method so that all who share the quota use what it grants,
// and no more.
//
// Nobody knows how many share it: other instances of this app, and other programs. But every
// answer tells how many calls are left, and so what all have used since the answer before:
// what is granted in that time, and by how much the number has fallen. Each pace follows the
// same rule: it slows down as much as all use too much, and hurries as much as all use too
// little. So the sum of all comes to what is granted, and nothing but the answers has to be
// shared. docs/adr/0024-the-fleets-pace.md has the figures.
type pace struct {
	rate     float64   // calls a second that may start here
	nextTurn time.Time // of the next call

	since   time.Time // when the rate was last changed
	level   float64   // how many calls were left then
	answers float64   // since then
	last    time.Time // when the last answer came
}

// target is how many calls a second all together should make when so many are left.
func target(left float64) float64 {
	return granted * max(leastTarget, 1+(left-restLevel)/(granted*settling))
}

// interval is the time between two calls.
func (p *pace) interval() time.Duration {
	return time.Duration(float64(time.Second) / p.rate)
}

// newPace is the pace of somebody who knows nothing but how many calls are left.
func newPace(left float64, now time.Time) pace {
	return pace{rate: target(left) / crowd, since: now, level: left, last: now}
}

// isOutdated reports whether a pace says nothing any more of who shares the quota.
func (p *pace) isOutdated(now time.Time) bool {
	return now.Sub(p.last) > max(outdated, 2*p.interval())
}

// learn changes the pace by an answer that says how many calls are left.
func (p *pace) learn(left float64, now time.Time) {
	p.last = now
	p.answers++
	passed := now.Sub(p.since)
	if passed < adapting {
		return
	}

	seconds := passed.Seconds()
	used := p.answers / seconds
	usedByAll := max(used, granted+(p.level-left)/seconds)
	change := math.Sqrt(target(left) / usedByAll) // half of what is wrong: the answers are late
	bound := mostUnused * used                    // a pace that isn't used doesn't grow
	if change >= 1 {
		p.rate = max(p.rate, min(p.rate*min(change, 2), bound))
	} else {
		p.rate = min(p.rate, bound) * max(change, 0.5)
	}
	p.rate += evening
	p.since, p.level, p.answers = now, left, 0
}

// remainingCalls reads how many calls of a method's kind are left, if the answer
// says so.
func remainingCalls(method string, h http.Header) (left int, known bool) {
	name := remainingReads
	if method == http.MethodDelete {
		name = remainingDeletes
	}
	left, err := strconv.Atoi(h.Get(name))
	return left, err == nil
}
