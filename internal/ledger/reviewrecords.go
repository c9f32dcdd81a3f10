package ledger

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// ReviewDecisions returns the first decisions of a request's review, all of them if most is
// negative.
func (l *Ledger) ReviewDecisions(ctx context.Context, id string, most int) ([]dsr.ReviewDecision, error) {
	var out []dsr.ReviewDecision
	for most < 0 || len(out) < most {
		d, _, found, err := read[dsr.ReviewDecision](ctx, l.audit, dsr.DecisionBlob(id, len(out)+1))
		if err != nil {
			return nil, err
		}
		if !found {
			break
		}
		out = append(out, d)
	}
	return out, nil
}

// RecordReviewDecision records a decision as the next one, and returns it as it is stored.
func (l *Ledger) RecordReviewDecision(ctx context.Context, d dsr.ReviewDecision) (dsr.ReviewDecision, error) {
	d.SchemaVersion = dsr.SchemaVersion
	before, err := l.ReviewDecisions(ctx, d.RequestID, -1)
	if err != nil {
		return d, err
	}
	for n := len(before) + 1; n <= dsr.MaxDecisions; n++ {
		d.Number = n
		body, err := json.Marshal(d)
		if err != nil {
			return d, fmt.Errorf("encoding a decision: %w", err)
		}
		_, sum, err := record(ctx, l.audit, dsr.DecisionBlob(d.RequestID, n), d, nil)
		if err != nil || sum == hash(body) {
			return d, err
		} // somebody else's decision was first
	}
	return d, dsr.Errorf(dsr.Permanent, dsr.ReasonConflict, "request %s has %d decisions, and no more are recorded", d.RequestID, dsr.MaxDecisions)
}

// NewPlaces begins the list of what of a copy is uncertain.
func (l *Ledger) NewPlaces(ctx context.Context, name dsr.CopyName) (*archive.Writer, error) {
	return l.audit.NewWriter(ctx, name.Places())
}

// ResumePlaces goes on with a list that was paused.
func (l *Ledger) ResumePlaces(ctx context.Context, name dsr.CopyName, from archive.Paused) (*archive.Writer, error) {
	return l.audit.ResumeWriter(ctx, name.Places(), from)
}

// RecordCopyReview records what of a copy is uncertain and returns the stored record.
func (l *Ledger) RecordCopyReview(ctx context.Context, r dsr.CopyReview) (dsr.CopyReview, error) {
	r.SchemaVersion = dsr.SchemaVersion
	stored, _, err := record(ctx, l.audit, dsr.CopyName{RequestID: r.RequestID, Number: r.Number}.Review(), r, nil)
	return stored, err
}

// ReleaseCopy records that a copy may be made and returns the stored record.
func (l *Ledger) ReleaseCopy(ctx context.Context, r dsr.CopyRelease) (dsr.CopyRelease, error) {
	r.SchemaVersion = dsr.SchemaVersion
	stored, _, err := record(ctx, l.audit, dsr.CopyName{RequestID: r.RequestID, Number: r.Number}.Release(), r, nil)
	return stored, err
}

// maxPlaceLine bounds a line of the list.
const maxPlaceLine = 64 << 10

// EachPlace calls f with the uncertain places of a copy from an offset in the list on, and
// with the offset of the next one, until f returns false.
func (l *Ledger) EachPlace(ctx context.Context, name dsr.CopyName, offset int64, f func(p dsr.ReviewPlace, next int64) bool) error {
	body, _, err := l.audit.Backend().Open(ctx, name.Places(), offset)
	if errors.Is(err, archive.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", name.Places(), err)
	}
	defer body.Close()

	lines := bufio.NewReaderSize(body, maxPlaceLine)
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		var p dsr.ReviewPlace
		if err == nil {
			err = json.Unmarshal(line, &p)
		}
		if err != nil {
			return fmt.Errorf("reading %s at byte %d: %w", name.Places(), offset, err)
		}
		if offset += int64(len(line)); !f(p, offset) {
			return nil
		}
	}
}
