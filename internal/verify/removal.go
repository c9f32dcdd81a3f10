package verify

import (
	"context"
	"errors"
	"fmt"
	"io"

	"azureml-dsr/internal/dsr"
)

// RemovalOf returns the record of the removal of an attempt's documents; false if nothing was
// removed, or the blob is no such record, which Verify reports. Once documents are removed, the
// attempt can't be verified any more.
func RemovalOf(ctx context.Context, e Evidence, a dsr.Attempt) (r dsr.Retention, found bool, err error) {
	body, err := e.Open(ctx, a.Retention())
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrIrregular) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("reading %s: %w", a.Retention(), err)
	}
	defer func() { err = errors.Join(err, body.Close()) }()

	text, err := io.ReadAll(io.LimitReader(body, maxRecord))
	if err != nil {
		return r, false, fmt.Errorf("reading %s: %w", a.Retention(), err)
	}

	found = decode(text, &r) == nil && isRemovalOf(r, a)

	return r, found, nil
}

// isRemovalOf reports whether a removal is of an attempt's documents.
func isRemovalOf(r dsr.Retention, a dsr.Attempt) bool {
	return r.SchemaVersion == dsr.SchemaVersion && r.RequestID == a.RequestID && r.Attempt == a.Number
}
