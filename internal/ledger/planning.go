package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"azureml-dsr/internal/dsr"
)

// Planning returns how far the making of a deletion plan has come; false when it
// has not begun.
func (l *Ledger) Planning(ctx context.Context, a dsr.Attempt) (dsr.Planning, bool, error) {
	p, _, found, err := read[dsr.Planning](ctx, l.exports, a.Planning())
	return p, found, err
}

// SavePlanning writes anew how far the making of a deletion plan has come.
func (l *Ledger) SavePlanning(ctx context.Context, p dsr.Planning) error {
	a := dsr.Attempt{RequestID: p.RequestID, Number: p.Attempt}
	p.SchemaVersion = dsr.SchemaVersion
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", a.Planning(), err)
	}
	if err := checkLength(a.Planning(), body); err != nil {
		return err
	}
	if err := l.exports.Backend().Replace(ctx, a.Planning(), body); err != nil {
		return fmt.Errorf("writing %s: %w", a.Planning(), err)
	}
	return nil
}

// SavePlanningKeys keeps hashes that planning goes on with and returns their
// SHA-256, which names them.
func (l *Ledger) SavePlanningKeys(ctx context.Context, a dsr.Attempt, keys []byte) (string, error) {
	sum := hash(keys)
	if err := l.exports.Backend().Replace(ctx, a.PlanningKeys(sum), keys); err != nil {
		return "", fmt.Errorf("writing %s: %w", a.PlanningKeys(sum), err)
	}
	return sum, nil
}

// PlanningKeys returns hashes that were kept.
func (l *Ledger) PlanningKeys(ctx context.Context, a dsr.Attempt, sum string) ([]byte, error) {
	keys, _, err := l.exports.Read(ctx, a.PlanningKeys(sum), maxRecord)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", a.PlanningKeys(sum), err)
	}
	if hash(keys) != sum {
		return nil, fmt.Errorf("%s is not what was written", a.PlanningKeys(sum))
	}
	return keys, nil
}

// RemovePlanning removes what was kept while a deletion plan was made.
func (l *Ledger) RemovePlanning(ctx context.Context, a dsr.Attempt) error {
	backend := l.exports.Backend()
	prefix := strings.TrimSuffix(a.PlanningKeys(""), "keys-")
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
