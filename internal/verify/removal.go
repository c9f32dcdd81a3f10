package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"azureml-dsr/internal/dsr"
)

// RemovalOf returns the record of the removal of an attempt's documents; false if nothing was
// removed. Once documents are removed, the attempt can't be verified any more.
func RemovalOf(ctx context.Context, e Evidence, a dsr.Attempt) (r dsr.Retention, found bool, err error) {
	body, err := e.Open(ctx, a.Retention())
	if errors.Is(err, ErrNotFound) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("reading %s: %w", a.Retention(), err)
	}
	defer func() { err = errors.Join(err, body.Close()) }()

	if err := json.NewDecoder(io.LimitReader(body, maxRecord)).Decode(&r); err != nil { // the error's text may quote values
		return r, false, fmt.Errorf("%s is not what was written", a.Retention())
	}

	return r, true, nil
}
