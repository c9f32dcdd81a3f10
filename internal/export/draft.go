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

// draft is a part in the making. A first try writes the part itself. If it runs out of
// time it leaves a stretch: a part with what it has read so far. A try that finds
// stretches writes the next one, and joins them all once nothing is left to read. Only
// a try that has read all stretches before creates the next one, so no entry stands in
// two of them.
type draft struct {
	archive   *archive.Archive
	name      string // of the part
	kept      kept   // what the stretches hold
	stretches int    // how many are stored

	// turn is held while something is written. It is a channel and no mutex: a long
	// document holds it for as long as its bytes take to come, and a test's clock must
	// see the others as waiting.
	turn    chan struct{}
	part    *archive.PartWriter // the part itself or, where there are stretches, the next one
	entries int                 // written to part
	added   int                 // entries in the stretches that this try has stored
}

// errOvertaken is the error of a draft of which another delivery has stored a stretch
// that this one has not read. It is to be begun again.
var errOvertaken = errors.New("another delivery was quicker")

// worthKeeping is how many entries a first try must have read so that they are kept
// although there was time left.
const worthKeeping = 100

// copier writes a document.
type copier = func(io.Writer) (document.Result, error)

// draft begins a part. again reports whether there may be stretches of it.
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

// next returns the name of the stretch after those that are stored.
func (d *draft) next() string { return dsr.StretchBlob(d.name, d.stretches+1) }

// full reports whether only one more stretch may be stored. That one is for the end of
// the part, so that a try that reads all the rest can always finish.
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

// addAll appends entries without documents, so that one stretch has all of them.
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

// addLong appends an entry whose document is streamed. If that breaks off, it spoils the
// part that it is written to, so what was read before is stored first.
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

// stored counts a stretch that was committed. It returns errOvertaken if the one that is
// stored is another delivery's.
func (d *draft) stored(info archive.Info, hash string) error {
	if info.Metadata[dsr.MetaSHA256] != hash {
		return errOvertaken
	}
	d.stretches++
	d.added, d.entries = d.added+d.entries, 0
	return nil
}

// finish stores the part.
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

// assemble stores the part, made of the stored stretches.
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

// keep stores what was read of a part that can't be finished now. It returns how many
// entries the next try has that this one had to read, at least. What can't be kept is
// read again.
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
			return d.added + 1 // the next try goes on behind the other's stretch
		}
	}

	return d.added
}

// leaveMark stores an empty stretch in place of a first try that can't be kept, because
// some of it is in the part's own blocks already. It makes later tries write stretches.
func (d *draft) leaveMark(ctx context.Context) {
	d.part.Abort()
	mark, err := d.archive.NewPart(ctx, d.next())
	if err == nil {
		_, _ = mark.Commit() // without the mark, the next try is like this one
	}
}

// stopped keeps what it can of a piece of work that an error has stopped, and returns
// the work's error. early is the context of the work, which ends before ctx so that
// there is time to keep.
func (d *draft) stopped(ctx, early context.Context, err error) error {
	class := dsr.ClassOf(err)
	outOfTime := early.Err() != nil && (class == dsr.Transient || errors.Is(err, context.DeadlineExceeded))
	goesOnLater := outOfTime || class == dsr.Throttled || class == dsr.Transient
	if ctx.Err() != nil || !goesOnLater {
		return err
	}

	kept := 0
	if outOfTime || d.stretches > 0 || d.entries >= worthKeeping {
		kept = d.keep(ctx)
	}

	if outOfTime {
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

// timeToKeep is how long before its deadline a piece of work ends, at most, so that what
// it has read can be stored.
const timeToKeep = 30 * time.Second

// endingEarly returns a context that ends by timeToKeep before ctx, or by an eighth of
// the time that is left where that is less.
func endingEarly(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	const part = 8
	return context.WithDeadline(ctx, deadline.Add(-min(timeToKeep, time.Until(deadline)/part)))
}
