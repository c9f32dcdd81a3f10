package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// ReadBack reads what a receipt vouches for, its parts and the artifacts that
// they name, and gives the names of those that are not there or have other bytes.
func (l *Ledger) ReadBack(ctx context.Context, a dsr.Attempt, receipt string) (changed []string, err error) {
	r, _, found, err := read[dsr.Receipt](ctx, l.audit, a.Prefix()+receipt)
	if err == nil && !found {
		err = fmt.Errorf("reading back: receipt %s is not there", receipt)
	}
	if err != nil {
		return nil, err
	}

	for _, part := range r.Parts {
		var contents []dsr.Content
		same, err := l.sameBytes(ctx, a.Prefix()+part.Name, part.SHA256, func(body io.Reader) error {
			for e, err := range archive.ReadPart(body) {
				if err != nil {
					return nil //nolint:nilerr // its hash tells
				}
				if e.Content != nil {
					contents = append(contents, *e.Content)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if !same {
			changed = append(changed, part.Name)
			continue
		}

		for _, c := range contents {
			same, err := l.sameBytes(ctx, a.Prefix()+c.Name, c.SHA256, func(io.Reader) error { return nil })
			if err != nil {
				return nil, err
			}
			if !same {
				changed = append(changed, c.Name)
			}
		}
	}

	return changed, nil
}

// sameBytes reads a blob to its end, through look, and reports whether it has a
// hash.
func (l *Ledger) sameBytes(ctx context.Context, name, sum string, look func(io.Reader) error) (bool, error) {
	body, _, err := l.exports.Backend().Open(ctx, name, 0)
	if errors.Is(err, archive.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading back %s: %w", name, err)
	}
	defer body.Close()

	d := newDigest(body)
	if err := look(d); err != nil {
		return false, err
	}
	if err := d.drain(); err != nil {
		return false, fmt.Errorf("reading back %s: %w", name, err)
	}

	return d.sum() == sum, nil
}
