package delivery

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/personcopy"
)

// unfinished are the blobs that a making has begun. What the Copier knows follows in the state.
type unfinished struct {
	Zip, Places *archive.Paused // nil where none was begun
	Sum         []byte          // the marshaled state of the copy's SHA-256
	Size        int64
}

// save stores what is known so far and records it as the next step. The blobs are closed then.
func (w *making) save(ctx context.Context, finished bool) (unfinished, error) {
	state, err := w.pause()
	if err != nil {
		return state, err
	}
	ref, err := w.saveState(ctx, state)
	if err != nil {
		return state, err
	}

	step := dsr.CopyStep{
		RequestID: w.of.Order.RequestID,
		Number:    w.of.Order.Number,
		Step:      w.step + 1,
		Of:        w.what,
		State:     ref,
		Read:      w.copier.Read(),
		At:        w.maker.Now().UTC(),
	}
	if finished && !w.surveys {
		step.Copy = &dsr.HashRef{SHA256: w.made().sha256}
	}
	stored, err := w.maker.Ledger.RecordCopyStep(ctx, step)
	if err != nil {
		return state, err
	}
	w.step++

	w.maker.forget(ctx, w.of.Name(), stored.State.Name)
	if stored.State != ref {
		return state, dsr.Errorf(dsr.Throttled, dsr.ReasonConflict, "another delivery makes the copy")
	}
	w.maker.Logger.InfoContext(ctx, "makes a copy for the person",
		"requestId", step.RequestID, "copy", step.Number, "step", step.Step, "read", step.Read)
	return state, w.lookForEnd(ctx)
}

// lookForEnd returns errEnded, and removes everything, if the copy has ended.
func (w *making) lookForEnd(ctx context.Context) error {
	now, found, err := w.maker.Ledger.PersonCopy(ctx, w.of.Name())
	if err != nil || !found {
		return err
	}
	ended, err := w.maker.ended(ctx, now)
	if err == nil && ended {
		return errEnded
	}
	return err
}

// pause closes the blobs so that they can be gone on with.
func (w *making) pause() (state unfinished, err error) {
	state.Size = w.size
	if m, ok := w.sum.(encoding.BinaryMarshaler); ok {
		state.Sum, err = m.MarshalBinary()
	}
	if err == nil {
		state.Zip, err = pauseBlob(w.zip)
	}
	if err == nil {
		state.Places, err = pauseBlob(w.places)
	}
	return state, err
}

func pauseBlob(blob *archive.Writer) (*archive.Paused, error) {
	if blob == nil {
		return nil, nil
	}
	p, err := blob.Pause()
	return &p, err
}

// reopen goes on with the blobs that are wanted: the copy, and the list of what is uncertain.
func (w *making) reopen(ctx context.Context, state unfinished, copied, listed bool) (err error) {
	w.zip, w.places = nil, nil
	if (copied && state.Zip == nil) || (listed && state.Places == nil) {
		return errUnfit
	}
	if copied {
		if w.zip, err = w.maker.Ledger.Exports().ResumeWriter(ctx, dsr.CopyBlob(w.of.Order.RequestID), *state.Zip); err != nil {
			return err
		}
	}
	if listed {
		w.places, err = w.maker.Ledger.ResumePlaces(ctx, w.of.Name(), *state.Places)
	}
	return err
}

// saveState stores what is known so far.
func (w *making) saveState(ctx context.Context, state unfinished) (dsr.BlobRef, error) {
	var id [8]byte
	rand.Read(id[:]) //nolint:errcheck // it never fails
	name := w.of.Name().State(w.step+1, hex.EncodeToString(id[:]))

	blob, err := w.maker.Ledger.NewCopyState(ctx, name)
	if err != nil {
		return dsr.BlobRef{}, err
	}
	defer blob.Abort()
	if err := gob.NewEncoder(blob).Encode(state); err != nil {
		return dsr.BlobRef{}, fmt.Errorf("saving %s: %w", name, err)
	}
	if err := w.copier.Save(blob); err != nil {
		return dsr.BlobRef{}, err
	}

	info, err := blob.Commit(nil)
	return dsr.BlobRef{Name: name, SHA256: info.Metadata[dsr.MetaSHA256]}, err
}

// resume goes on from the last step that is recorded. It returns false if there is none, or one
// that nobody can go on from.
func (w *making) resume(ctx context.Context, store bool) (bool, error) {
	step, found, err := w.maker.Ledger.LastCopyStep(ctx, w.of.Name())
	if err != nil || !found {
		return false, err
	}
	w.step = step.Step
	why := "something else was made"
	if step.Of == w.what {
		err := w.restore(ctx, step, store)
		if err == nil {
			return true, nil
		}
		if !isLost(err) {
			return false, err
		}
		why = err.Error()
	}

	w.abort()
	w.zip, w.places = nil, nil
	w.sum.Reset()
	w.size = 0
	w.maker.Logger.WarnContext(ctx, "begins a copy for the person from the start",
		"requestId", step.RequestID, "copy", step.Number, "step", step.Step, "why", why)
	return false, nil
}

// errUnfit means that a state can't be gone on with.
var errUnfit = errors.New("the state is of another making")

// isLost reports whether nobody can go on from a state any more.
func isLost(err error) bool {
	return errors.Is(err, archive.ErrLost) || errors.Is(err, ledger.ErrNoState) || errors.Is(err, errUnfit)
}

// restore goes on from a step.
func (w *making) restore(ctx context.Context, step dsr.CopyStep, store bool) (err error) {
	body, err := w.maker.Ledger.OpenCopyState(ctx, step.State)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()

	in := bufio.NewReader(body) // one for both, since each reads ahead otherwise
	var state unfinished
	if err := gob.NewDecoder(in).Decode(&state); err != nil {
		return unfit(ctx, err)
	}
	sum, ok := w.sum.(encoding.BinaryUnmarshaler)
	if !ok || sum.UnmarshalBinary(state.Sum) != nil {
		return errUnfit
	}
	w.size = state.Size
	if w.copier, err = personcopy.Resume(w.order, w, in); err != nil {
		return unfit(ctx, err)
	}

	return w.reopen(ctx, state, store && !w.surveys, w.of.Review == nil)
}

// unfit returns that nobody can read a state, whose hash is right, unless storage has failed
// meanwhile or it was too late.
func unfit(ctx context.Context, err error) error {
	if _, failed := errors.AsType[*dsr.Error](err); failed || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("%w: %w", errUnfit, err)
}
