package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Tally reads a stored part and adds its figures to a receipt. So the receipt describes
// what is stored, whoever wrote it. Tally returns false when there is no such part.
func (l *Ledger) Tally(ctx context.Context, name string, r *dsr.Receipt, target string) (bool, error) {
	if part, ok := l.exports.TakeWritten(name); ok {
		for _, e := range part.Entries {
			r.Tally(e.Entry, e.HasDocument, e.Bytes, target)
		}
		return true, addPart(r, part.Info)
	}

	body, info, err := l.exports.Backend().Open(ctx, name, 0)
	if errors.Is(err, archive.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading part %s: %w", name, err)
	}
	defer body.Close()

	for e, err := range archive.ReadPart(body) {
		if err != nil {
			return false, fmt.Errorf("reading part %s: %w", name, err)
		}
		r.Tally(e.Entry, e.HasDocument, e.Bytes, target)
	}

	return true, addPart(r, info)
}

// addPart names a part in a receipt.
func addPart(r *dsr.Receipt, info archive.Info) error {
	ref, err := partRef(dsr.Attempt{RequestID: r.RequestID, Number: r.Attempt}, info)
	r.Parts = append(r.Parts, ref)
	return err
}

func partRef(a dsr.Attempt, info archive.Info) (dsr.PartRef, error) {
	documents, err := strconv.ParseInt(info.Metadata[archive.MetaDocuments], 10, 64)
	if err != nil {
		return dsr.PartRef{}, fmt.Errorf("part %s: its metadata has no count of documents", info.Name)
	}
	matches, err := strconv.ParseInt(info.Metadata[archive.MetaSubjectMatches], 10, 64)
	if err != nil {
		return dsr.PartRef{}, fmt.Errorf("part %s: its metadata has no count of subject matches", info.Name)
	}
	return dsr.PartRef{
		Name:           relative(a, info.Name),
		SHA256:         info.Metadata[dsr.MetaSHA256],
		Size:           info.Size,
		Documents:      documents,
		SubjectMatches: matches,
	}, nil
}
