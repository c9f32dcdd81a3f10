package operator

import "context"

// Documents returns how many documents the last attempt of a request has stored, 0 until it
// is closed.
func (o *Operator) Documents(ctx context.Context, id string) (int64, error) {
	attempt, err := o.latestAttempt(ctx, id)
	if KindOf(err) == NotFound {
		return 0, nil // it was refused, and nothing of it is recorded
	}
	if err != nil {
		return 0, err
	}
	manifest, _, closed, err := o.ledger.Manifest(ctx, attempt)
	if err != nil || !closed {
		return 0, err
	}

	documents := int64(0)
	for _, counts := range manifest.Totals {
		documents += counts.Documents
	}
	return documents, nil
}
