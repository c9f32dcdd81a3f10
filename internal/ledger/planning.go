package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"azureml-dsr/internal/dsr"
)

// Planning returns the progress of a deletion plan, or false when its planning has not
// begun.
func (l *Ledger) Planning(ctx context.Context, a dsr.Attempt) (dsr.Planning, bool, error) {
	p, _, found, err := read[dsr.Planning](ctx, l.index, a.Planning())
	return p, found, err
}

// SavePlanning replaces the progress of a deletion plan.
func (l *Ledger) SavePlanning(ctx context.Context, p dsr.Planning) error {
	p.SchemaVersion = dsr.SchemaVersion
	return l.saveIndex(ctx, dsr.Attempt{RequestID: p.RequestID, Number: p.Attempt}.Planning(), p)
}

// RetryProgress returns the progress of the plan of an attempt after the first, or false
// when none is saved.
func (l *Ledger) RetryProgress(ctx context.Context, a dsr.Attempt) (dsr.RetryProgress, bool, error) {
	p, _, found, err := read[dsr.RetryProgress](ctx, l.index, a.RetryProgress())
	return p, found, err
}

// SaveRetryProgress replaces the progress of the plan of an attempt after the first.
func (l *Ledger) SaveRetryProgress(ctx context.Context, p dsr.RetryProgress) error {
	p.SchemaVersion = dsr.SchemaVersion
	return l.saveIndex(ctx, dsr.Attempt{RequestID: p.RequestID, Number: p.Attempt}.RetryProgress(), p)
}

func (l *Ledger) saveIndex(ctx context.Context, name string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", name, err)
	}
	if err := checkLength(name, body); err != nil {
		return err
	}
	if err := l.index.Backend().Replace(ctx, name, body); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// SavePlanningKeys saves hashes that planning needs later and returns their SHA-256, which
// is their name.
func (l *Ledger) SavePlanningKeys(ctx context.Context, a dsr.Attempt, keys []byte) (string, error) {
	sum := hash(keys)
	if err := l.index.Backend().Replace(ctx, a.PlanningKeys(sum), keys); err != nil {
		return "", fmt.Errorf("writing %s: %w", a.PlanningKeys(sum), err)
	}
	return sum, nil
}

// PlanningKeys returns hashes that SavePlanningKeys saved, by their SHA-256.
func (l *Ledger) PlanningKeys(ctx context.Context, a dsr.Attempt, sum string) ([]byte, error) {
	keys, _, err := l.index.Read(ctx, a.PlanningKeys(sum), maxRecord)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", a.PlanningKeys(sum), err)
	}
	if hash(keys) != sum {
		return nil, fmt.Errorf("%s is not what was written", a.PlanningKeys(sum))
	}
	return keys, nil
}

// ListPlanning yields each attempt that has saved planning progress once. A name that is
// no attempt's yields an error, and the list continues.
func (l *Ledger) ListPlanning(ctx context.Context) iter.Seq2[dsr.Attempt, error] {
	return func(yield func(dsr.Attempt, error) bool) {
		var last dsr.Attempt
		for info, err := range l.index.Backend().List(ctx, dsr.PlanningPrefix, "") {
			if err != nil {
				yield(dsr.Attempt{}, fmt.Errorf("listing %s: %w", dsr.PlanningPrefix, err))
				return
			}
			a, err := dsr.ParsePlanning(info.Name)
			if err == nil && a == last {
				continue
			}
			last = a
			if !yield(a, err) {
				return
			}
		}
	}
}

// RemovePlanning removes all planning progress of an attempt.
func (l *Ledger) RemovePlanning(ctx context.Context, a dsr.Attempt) error {
	backend := l.index.Backend()
	prefix := a.PlanningBlobs()
	for info, err := range backend.List(ctx, prefix, "") {
		if err != nil {
			return fmt.Errorf("listing %s: %w", prefix, err)
		}
		if err := backend.Delete(ctx, info.Name); err != nil {
			return fmt.Errorf("removing %s: %w", info.Name, err)
		}
	}
	return nil
}
