package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// ReadBack reads the parts of a receipt and the artifacts that they name. It returns the
// names of those that are missing or whose bytes do not match their hash.
func (l *Ledger) ReadBack(ctx context.Context, a dsr.Attempt, receipt string) (changed []string, err error) {
	r, _, found, err := read[dsr.Receipt](ctx, l.audit, a.Prefix()+receipt)
	if err == nil && !found {
		err = fmt.Errorf("reading back: receipt %s is not there", receipt)
	}
	if err != nil {
		return nil, err
	}

	for _, part := range r.Parts {
		names, err := l.readBackPart(ctx, a, part)
		if err != nil {
			return nil, err
		}
		changed = append(changed, names...)
	}
	return changed, nil
}

// readBackPart reads a part and its artifacts and returns the names of those that changed.
// The artifacts of a changed part are unknown, because only its entries name them.
func (l *Ledger) readBackPart(ctx context.Context, a dsr.Attempt, part dsr.PartRef) (changed []string, err error) {
	var artifacts []dsr.Content
	same, err := l.hasHash(ctx, a.Prefix()+part.Name, part.SHA256, func(body io.Reader) {
		artifacts = artifactsOf(body)
	})
	if err != nil {
		return nil, err
	}
	if !same {
		return []string{part.Name}, nil
	}

	for _, c := range artifacts {
		same, err := l.hasHash(ctx, a.Prefix()+c.Name, c.SHA256, func(io.Reader) {})
		if err != nil {
			return nil, err
		}
		if !same {
			changed = append(changed, c.Name)
		}
	}
	return changed, nil
}

// artifactsOf returns the artifacts that a part names, up to the first entry that can't be
// read. The hash of the part shows whether it was damaged.
func artifactsOf(part io.Reader) (artifacts []dsr.Content) {
	for e, err := range archive.ReadPart(part) {
		if err != nil {
			return artifacts
		}
		if e.Content != nil {
			artifacts = append(artifacts, *e.Content)
		}
	}
	return artifacts
}

// hasHash reads a blob and reports whether its bytes have the given SHA-256. parse may read
// the blob on the way. A missing blob has no hash.
func (l *Ledger) hasHash(ctx context.Context, name, sum string, parse func(io.Reader)) (bool, error) {
	body, _, err := l.exports.Backend().Open(ctx, name, 0)
	if errors.Is(err, archive.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading back %s: %w", name, err)
	}
	defer body.Close()

	d := newDigest(body)
	parse(d)
	if err := d.drain(); err != nil {
		return false, fmt.Errorf("reading back %s: %w", name, err)
	}
	return d.sum() == sum, nil
}
