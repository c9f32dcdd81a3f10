package upstream

import "time"

const (
	// seats is how many pieces of work are let in at a tight gate. Each has some
	// calls in flight, enough for what a gate grants that is so.
	seats = 2
	// tightFor is how long a gate stays tight after the upstream has last asked for
	// a pause or for spacing.
	tightFor = 10 * time.Second
	// longestGap is the most that is taken for the time between two ends of work:
	// four in line a second come in vain cheaply enough.
	longestGap = 500 * time.Millisecond
)

// bench is a gate's seats. While the gate is tight, a piece of work that finds
// none is told to come again when one is likely to be free, one after another:
// else all would come at once, and all but a few in vain.
type bench struct {
	tight time.Time     // until then
	taken int           // seats
	line  time.Time     // for when the last one was told to come again
	since time.Time     // of the last end of work, or of when seats were first taken after
	gap   time.Duration // between two ends of work, on average
}

func (b *bench) tighten(from time.Time) { b.tight = later(b.tight, from.Add(tightFor)) }

func (b *bench) inUse(now time.Time) bool { return b.taken > 0 || b.tight.After(now) }

// full tells whether nobody else is let in.
func (b *bench) full(now time.Time) bool { return b.taken >= seats && b.tight.After(now) }

// again says when the next one in line shall come again. They are told to come
// twice as fast as seats become free, for a seat that waits is worse than one who
// comes in vain.
func (b *bench) again(from time.Time) time.Time {
	gap := longestGap
	if b.gap > 0 {
		gap = min(b.gap, longestGap)
	}
	b.line = later(b.line, from).Add(gap / 2)
	return b.line
}

// sat and left take note of a seat that is taken or given back.
func (b *bench) sat(now time.Time) {
	if b.taken == 0 {
		b.since = now
	}
	b.taken++
}

func (b *bench) left(now time.Time) {
	gap := now.Sub(b.since)
	if b.gap == 0 {
		b.gap = gap
	}
	b.gap += (gap - b.gap) / 4
	b.since = now
	b.taken--
}

// sit takes a seat; leave gives it back.
func (p *gatePolicy) sit(key string) (leave func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, now := p.gates[key], time.Now()
	if g.full(now) {
		wait := g.again(later(g.until, now)).Sub(now)
		p.gates[key] = g
		return nil, pausedFor(max(wait, p.short))
	}
	g.sat(now)
	p.gates[key] = g
	return func() { p.leave(key) }, nil
}

func (p *gatePolicy) leave(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.gates[key]
	g.left(time.Now())
	p.keep(key, g)
}
