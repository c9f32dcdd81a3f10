package export

import (
	"context"
	"errors"
	"io"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// draft is a part in the making. A first try writes the part itself; one that runs
// out of time leaves a stretch, a part with what it has read. A try that finds
// stretches writes the next one, and puts them all together once nothing is left to
// read. A stretch is created only by who has read all before it, so that no entry
// stands in two of them.
type draft struct {
	archive   *archive.Archive
	name      string // of the part
	kept      kept   // what the stretches hold
	stretches int    // how many are stored

	// turn is held by who writes. It is a channel, for a long document holds it for as
	// long as its bytes take to come, which a test's clock must see as waiting.
	turn    chan struct{}
	part    *archive.PartWriter // the part itself or, where there are stretches, the next
	entries int                 // in it
	added   int                 // entries of the stretches that this try has stored
}

// errOvertaken says that another delivery has stored a stretch that we haven't read:
// the draft is to be begun again.
var errOvertaken = errors.New("another delivery was quicker")

// worthKeeping is how many entries a first try must have read so that they are kept
// for another reason than the time.
const worthKeeping = 100

type copier = func(io.Writer) (document.Result, error)

// draft begins a part. again says that there may be stretches of it.
func (w *Worker) draft(ctx context.Context, name string, again bool) (*draft, error) {
	d := &draft{
		archive: w.archive,
		name:    name,
		kept:    kept{},
		turn:    make(chan struct{}, 1),
	}
	if again {
		if err := d.load(ctx); err != nil {
			return nil, err
		}
	}

	begun := name
	if d.stretches > 0 {
		begun = d.next()
	}

	var err error
	d.part, err = w.archive.NewPart(ctx, begun)
	return d, err
}

// next names the stretch after those that are stored.
func (d *draft) next() string { return dsr.StretchBlob(d.name, d.stretches+1) }

// full reports whether a single number is left for a stretch. That one is for the end
// of the part: who has read all the rest can always finish.
func (d *draft) full() bool { return d.stretches >= dsr.MaxStretch-1 }

func (d *draft) abort() {
	d.turn <- struct{}{}
	defer func() { <-d.turn }()
	d.part.Abort()
}

// add appends an entry.
func (d *draft) add(e dsr.Entry, document copier) error {
	d.turn <- struct{}{}
	defer func() { <-d.turn }()
	return d.append(e, document)
}

// addAll appends entries without documents; a stretch has all of them or none.
func (d *draft) addAll(entries []dsr.Entry) error {
	d.turn <- struct{}{}
	defer func() { <-d.turn }()
	for _, e := range entries {
		if err := d.append(e, nil); err != nil {
			return err
		}
	}
	return nil
}

// addLong appends an entry whose document streams past and may break off, which
// spoils what it is written to: what was read before is made safe first.
func (d *draft) addLong(e dsr.Entry, document copier) error {
	d.turn <- struct{}{}
	defer func() { <-d.turn }()
	if d.stretches > 0 && d.entries > 0 && !d.full() {
		if err := d.cut(); err != nil {
			return err
		}
	}
	return d.append(e, document)
}

func (d *draft) append(e dsr.Entry, document copier) error {
	if err := d.part.Add(e, document); err != nil {
		return err
	}
	d.entries++
	return nil
}

// cut stores what is written as a stretch and begins the next one.
func (d *draft) cut() error {
	written := d.part
	info, next, err := written.CommitAndGoOn(dsr.StretchBlob(d.name, d.stretches+2))
	if err != nil {
		return err
	}
	d.part = next
	return d.stored(info, written.Hash())
}

// stored counts a stretch that was committed, if it is ours.
func (d *draft) stored(info archive.Info, hash string) error {
	if info.Metadata[dsr.MetaSHA256] != hash {
		return errOvertaken
	}
	d.stretches++
	d.added, d.entries = d.added+d.entries, 0
	return nil
}

// finish makes the part.
func (d *draft) finish(ctx context.Context) error {
	d.turn <- struct{}{}
	defer func() { <-d.turn }()
	if d.stretches == 0 {
		_, err := d.part.Commit()
		return err
	}
	if err := d.commit(); err != nil {
		return err
	}
	return d.assemble(ctx)
}

// commit stores what is written as the last stretch.
func (d *draft) commit() error {
	if d.entries == 0 {
		d.part.Abort()
		return nil
	}
	info, err := d.part.Commit()
	if err != nil {
		return err
	}
	return d.stored(info, d.part.Hash())
}

// assemble makes the part of the stored stretches.
func (d *draft) assemble(ctx context.Context) error {
	part, err := d.archive.NewPart(ctx, d.name)
	if err != nil {
		return err
	}
	defer part.Abort()
	for n := range d.stretches {
		if err := part.AddStored(ctx, dsr.StretchBlob(d.name, n+1)); err != nil {
			return err
		}
	}
	_, err = part.Commit()
	return err
}

// keep stores what was read of a part that can't be finished now, and gives how many
// entries the next try has more than this one had, at least. What can't be kept is read
// again.
func (d *draft) keep(ctx context.Context) int {
	d.turn <- struct{}{}
	defer func() { <-d.turn }()
	if d.full() {
		return d.added
	}
	if d.stretches == 0 && !d.part.Rename(d.next()) {
		d.leaveMark(ctx)
		return 0
	}

	if d.entries > 0 || d.stretches == 0 {
		info, err := d.part.Commit()
		if err == nil && errors.Is(d.stored(info, d.part.Hash()), errOvertaken) {
			return d.added + 1 // another's stretch is as good to go on behind
		}
	}

	return d.added
}

// leaveMark stores an empty stretch in place of a first try that can't be kept: it is
// in the part's own blocks already. From then on there are stretches.
func (d *draft) leaveMark(ctx context.Context) {
	d.part.Abort()
	mark, err := d.archive.NewPart(ctx, d.next())
	if err == nil {
		_, _ = mark.Commit() // without it the next try is as this one was
	}
}

// stopped returns the error of a piece of work that an error has stopped, after having
// kept what it can. soft is the context that has ended early for that.
func (d *draft) stopped(ctx, soft context.Context, err error) error {
	class := dsr.ClassOf(err)
	late := soft.Err() != nil && (class == dsr.Transient || errors.Is(err, context.DeadlineExceeded))
	if ctx.Err() != nil || (!late && class != dsr.Throttled && class != dsr.Transient) {
		return err
	}

	kept := 0
	if late || d.stretches > 0 || d.entries >= worthKeeping {
		kept = d.keep(ctx)
	}

	if late {
		return &dsr.Error{
			Class:    dsr.Unfinished,
			Reason:   dsr.ReasonTransient,
			Message:  "the work was longer than one invocation",
			Progress: kept,
			Err:      err,
		}
	}

	return err
}

// timeToKeep is how long before its deadline a piece of work ends, at most, so that
// what it has read can be stored.
const timeToKeep = 30 * time.Second

// softly returns a context that ends somewhat before another.
func softly(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	const part = 8 // of a short time, an eighth
	return context.WithDeadline(ctx, deadline.Add(-min(timeToKeep, time.Until(deadline)/part)))
}
