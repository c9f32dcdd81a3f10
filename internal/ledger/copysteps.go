package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// ErrNoState means that the state of a step is not stored any more, or not as it was recorded.
var ErrNoState = errors.New("what was known of a copy is not stored as its step says")

// LastCopyStep returns how far the making of a copy is, or false where no step is recorded.
func (l *Ledger) LastCopyStep(ctx context.Context, name dsr.CopyName) (dsr.CopyStep, bool, error) {
	last := ""
	for info, err := range l.audit.Backend().List(ctx, name.StepPrefix(), "") {
		if err != nil {
			return dsr.CopyStep{}, false, fmt.Errorf("listing %s: %w", name.StepPrefix(), err)
		}
		if _, _, ok := dsr.ParseCopyRecord(name.RequestID, info.Name); ok {
			last = info.Name
		}
	}
	if last == "" {
		return dsr.CopyStep{}, false, nil
	}

	step, _, found, err := read[dsr.CopyStep](ctx, l.audit, last)
	return step, found, err
}

// RecordCopyStep records how far the making of a copy is, and returns the stored step. That is
// another one if another delivery was first.
func (l *Ledger) RecordCopyStep(ctx context.Context, s dsr.CopyStep) (dsr.CopyStep, error) {
	if s.Step > dsr.MaxCopySteps {
		return s, dsr.Errorf(dsr.Permanent, dsr.ReasonCopyFailed, "a copy is made in at most %d steps", dsr.MaxCopySteps)
	}
	s.SchemaVersion = dsr.SchemaVersion
	stored, _, err := record(ctx, l.audit, dsr.CopyName{RequestID: s.RequestID, Number: s.Number}.Step(s.Step), s, nil)
	return stored, err
}

// NewCopyState begins what is known of a copy at a step.
func (l *Ledger) NewCopyState(ctx context.Context, name string) (*archive.Writer, error) {
	return l.exports.NewWriter(ctx, name)
}

// OpenCopyState opens what was known of a copy at a step, after looking that it has the recorded
// hash. It fails with ErrNoState otherwise.
func (l *Ledger) OpenCopyState(ctx context.Context, state dsr.BlobRef) (io.ReadCloser, error) {
	body, err := l.openState(ctx, state.Name)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, body)
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, fmt.Errorf("reading %s: %w", state.Name, err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != state.SHA256 {
		return nil, fmt.Errorf("%w: %s", ErrNoState, state.Name)
	}

	return l.openState(ctx, state.Name)
}

func (l *Ledger) openState(ctx context.Context, name string) (io.ReadCloser, error) {
	body, _, err := l.exports.Backend().Open(ctx, name, 0)
	if errors.Is(err, archive.ErrNotFound) {
		return nil, fmt.Errorf("%w: %s", ErrNoState, name)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return body, nil
}

// RemoveCopyStates removes what was known of a copy, but for the state that is still needed; ""
// for none.
func (l *Ledger) RemoveCopyStates(ctx context.Context, name dsr.CopyName, needed string) error {
	var states []string
	for info, err := range l.exports.Backend().List(ctx, name.StatePrefix(), "") {
		if err != nil {
			return fmt.Errorf("listing %s: %w", name.StatePrefix(), err)
		}
		if info.Name != needed {
			states = append(states, info.Name)
		}
	}

	for _, state := range states {
		if err := l.exports.Backend().Delete(ctx, state); err != nil {
			return fmt.Errorf("removing %s: %w", state, err)
		}
	}
	return nil
}
