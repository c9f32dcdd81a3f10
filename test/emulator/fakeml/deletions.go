package fakeml

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"
)

// deletions is all that a server remembers of what its clients did: which things
// were deleted, and which were made again. What is due happens when somebody asks
// next, so nothing runs in between.
type deletions struct {
	now  func() time.Time
	name func(n int) string // names the operation of deletion n

	mu    sync.Mutex
	turn  uint64         // counts the changes, and so orders them
	lives map[thing]life // of the things that are not as the seed has them
	open  []*deletion    // those of which something is still to happen
	named map[string]*deletion
}

// life reports whether a thing is there: it was born after it last ended.
type life struct {
	born    uint64    // the turn in which it was made again; 0 by the seed
	created time.Time // likewise
	ended   [views]uint64
	soft    bool // gone, but kept: only a purge ends it for good
}

// view is how things are looked at: services act on what exists, while a GET may
// still show what is gone.
type view int

const (
	truth view = iota
	sight
	views
)

type state int

const (
	running state = iota
	failed
	done
)

// order is what a DELETE asks for.
type order struct {
	Deletion
	// soft hides the thing and keeps it; purge ends what was deleted softly before.
	soft, purge bool
}

// deletion is a DELETE that was accepted.
type deletion struct {
	order
	of           thing
	id           string // of its operation
	began, until time.Time
	state        state
	hidden       bool // gone from sight too
	returns      bool
	before       life // the thing's, to come back to
}

var errNotThere = errors.New("deleting: it is not there")

// inUseError names what keeps a thing from being deleted.
type inUseError struct{ by thing }

func (e *inUseError) Error() string { return fmt.Sprintf("deleting: a %s is in the way", e.by.kind) }

func newDeletions(now func() time.Time, name func(n int) string) *deletions {
	return &deletions{
		now:   now,
		name:  name,
		lives: make(map[thing]life),
		named: make(map[string]*deletion),
	}
}

// begin accepts a deletion, unless one of the things in the way is there. One
// that is running already is returned as it is.
func (d *deletions) begin(t thing, how order, inTheWay iter.Seq[thing]) (deletion, error) {
	now := d.lock()
	defer d.mu.Unlock()
	if !d.there(t, truth) && (!how.purge || !d.lives[t].soft) {
		return deletion{}, errNotThere
	}

	for _, x := range d.open {
		if x.of == t && x.state == running {
			x.soft = x.soft && !how.purge
			return *x, nil
		}
	}

	for other := range inTheWay {
		if d.there(other, truth) {
			return deletion{}, &inUseError{other}
		}
	}

	x := &deletion{
		order:   how,
		of:      t,
		id:      d.name(len(d.named)),
		began:   now,
		until:   now.Add(how.Takes),
		returns: how.ReturnAfter > 0 || how.ReturnAfterReads > 0,
	}

	d.named[x.id] = x
	d.open = append(d.open, x)
	d.settle(now)

	return *x, nil
}

// operation returns a deletion by the id of its operation, as it stands now.
func (d *deletions) operation(id string) (deletion, bool) {
	d.lock()
	defer d.mu.Unlock()
	x, ok := d.named[id]
	if !ok {
		return deletion{}, false
	}
	return *x, true
}

// shows reports whether GETs and lists show a thing.
func (d *deletions) shows(t thing) bool {
	d.lock()
	defer d.mu.Unlock()
	return d.there(t, sight)
}

// read counts a GET of a thing's own URL, where such reads are counted.
func (d *deletions) read(t thing) bool {
	d.lock()
	defer d.mu.Unlock()

	shown := d.there(t, sight)
	for _, x := range d.open {
		switch {
		case x.of != t || x.state != done:
		case !x.hidden:
			x.LingerReads--
		case !shown:
			x.ReturnAfterReads--
		}
	}

	return shown
}

// renew makes a thing again, empty and created now, whether it was there or not.
// It returns false when its container is not there, or when what was deleted
// softly blocks its name.
func (d *deletions) renew(t thing) bool {
	now := d.lock()
	defer d.mu.Unlock()
	if c, ok := t.container(); (ok && !d.there(c, truth)) || d.lives[t].soft {
		return false
	}

	d.open = slices.DeleteFunc(d.open, func(x *deletion) bool {
		if x.of == t && x.state == running {
			x.state = done
		}
		return x.of == t
	})

	d.turn++
	d.lives[t] = life{born: d.turn, created: now}

	return true
}

// created returns when a thing was made again, if it was.
func (d *deletions) created(t thing) (time.Time, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.lives[t]
	return l.created, l.born > 0
}

// lock begins each look or change, and first carries out what is due.
func (d *deletions) lock() time.Time {
	now := d.now()
	d.mu.Lock()
	d.settle(now)
	return now
}

// there reports whether a thing is there: it and its containers were born after
// they ended, and it is not older than its container.
func (d *deletions) there(t thing, v view) bool {
	l := d.lives[t]
	if l.ended[v] > l.born {
		return false
	}
	c, ok := t.container()
	return !ok || (l.born >= d.lives[c].born && d.there(c, v))
}

func (d *deletions) settle(now time.Time) {
	d.open = slices.DeleteFunc(d.open, func(x *deletion) bool { return d.settleOne(x, now) })
}

// concludeOne carries out what is due of a deletion: it ends the thing, hides it or
// brings it back. It returns true when nothing more will happen.
func (d *deletions) settleOne(x *deletion, now time.Time) bool {
	if x.state == running {
		if now.Before(x.until) {
			return false
		}
		if x.Fails {
			x.state = failed
			return true
		}

		x.state, x.before = done, d.lives[x.of]
		d.end(x.of, truth)
		d.keep(x.of, x.soft)
	}

	if !x.hidden {
		if now.Before(x.until.Add(x.LingerFor)) || x.LingerReads > 0 {
			return false
		}
		x.hidden = true
		d.end(x.of, sight)
	}

	if x.returns {
		if now.Before(x.until.Add(x.ReturnAfter)) || x.ReturnAfterReads > 0 {
			return false
		}
		d.lives[x.of] = x.before
	}

	return true
}

func (d *deletions) end(t thing, v view) {
	d.turn++
	l := d.lives[t]
	l.ended[v] = d.turn
	d.lives[t] = l
}
