package closing

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/survey"
	"azureml-dsr/internal/telemetry"
)

// close writes the manifest of a complete or canceled attempt. It derives everything from
// the listings again, so a wrong checkpoint closes nothing.
func (v *visit) close(ctx context.Context, s *survey.Survey, plan dsr.Plan, canceled bool) error {
	standing, _, closed, err := v.Ledger.Manifest(ctx, v.attempt)
	if err != nil {
		return err
	}
	parts, err := v.Ledger.GoOnParts(ctx, v.attempt, v.rows(plan), v.open.Checkpoint.Parts)
	if err != nil {
		return err
	}

	// An existing manifest is derived by its own status: a cancel may have come later.
	canceled = canceled && (!closed || standing.Status.Stopped())
	receipts := s.Receipts(ctx, survey.Resume{Behind: parts.Behind(), SubNodes: parts.NameSubNodes()}, canceled)
	if closed && canceled {
		receipts = v.namedBy(ctx, standing, receipts)
	}

	done, err := parts.Add(ctx, receipts, v.enough)
	if errors.Is(err, survey.ErrIncomplete) {
		v.open.Checkpoint = dsr.Checkpoint{}
		return v.goOnSoon(ctx, 0)
	}
	if err != nil {
		return err
	}
	if !done {
		v.open.Checkpoint.Parts = parts.Written()
		return v.goOnSoon(ctx, v.open.Checkpoint.Receipts)
	}

	// The attempt may have been canceled since the check began, and a task have ended so.
	if !canceled && !closed {
		if canceled, err = v.Ledger.Canceled(ctx, v.attempt); err != nil {
			return err
		}
		if canceled {
			return v.run(ctx)
		}
	}

	status, err := v.write(ctx, parts, canceled)
	if err == nil && !closed {
		telemetry.Closed.Add(ctx, 1, telemetry.Attr{Key: "dsr.status", Value: string(status)})
	}
	return err
}

// rows returns the catalogue rows of the totals: those that are read, and those by which
// the plan deletes.
func (c *Reconciler) rows(plan dsr.Plan) []string {
	rows := slices.Clone(c.Endpoints)
	if slices.ContainsFunc(plan.Nodes, dsr.Node.Deletes) {
		for _, d := range c.Deletions {
			rows = append(rows, d.ID)
		}
	}
	return rows
}

// write writes the manifest, signs it and finishes the attempt. A manifest is signed only
// if it equals what was just derived, whoever wrote it. It returns the manifest's status.
func (v *visit) write(ctx context.Context, parts *ledger.Parts, canceled bool) (dsr.Status, error) {
	m, derived, err := v.Ledger.Close(ctx, ledger.Closing{
		Attempt:  v.attempt,
		Request:  v.request,
		Canceled: canceled,
		At:       v.Now(),
		Worker:   v.Worker,
	}, parts)
	if err != nil {
		return "", err
	}

	switch {
	case derived == nil:
		v.Logger.ErrorContext(ctx, "the stored manifest is not what the records say: it stays unsigned",
			"requestId", v.attempt.RequestID, "attempt", v.attempt.Number)
		m.ClosedAt = v.Now() // its own time is not trusted to start the retention
	case v.Signer != nil:
		if err := v.Ledger.Sign(ctx, v.attempt, derived, v.Signer); err != nil {
			return "", err
		}
	}

	return m.Status, v.finish(ctx, v.attempt, m, v.request)
}

// namedBy returns those of an attempt's receipts that its manifest names. A canceled
// attempt may get more receipts after it was closed.
func (v *visit) namedBy(ctx context.Context, m dsr.Manifest, receipts iter.Seq2[dsr.ReceiptMark, error]) iter.Seq2[dsr.ReceiptMark, error] {
	return func(yield func(dsr.ReceiptMark, error) bool) {
		next, stop := iter.Pull2(v.Ledger.ManifestParts(ctx, v.attempt, m.Parts))
		defer stop()

		named, err, more := next()
		for r, failed := range receipts {
			if failed != nil {
				yield(r, failed)
				return
			}

			name := strings.TrimPrefix(r.Blob, v.attempt.Prefix())
			for more && err == nil && named.Name < name {
				named, err, more = next()
			}
			if err != nil {
				yield(r, err)
				return
			}
			if more && named.Name == name && !yield(r, nil) {
				return
			}
		}
	}
}
