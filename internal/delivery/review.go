package delivery

import (
	"context"
	"encoding/json"
	"fmt"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/personcopy"
)

// decide adds to an order what people have decided. Only those decisions count that the
// release or, without one, the order of the copy names: so each making has the same ones.
func (m *Maker) decide(ctx context.Context, c ledger.PersonCopy, order *personcopy.Order) error {
	count := c.Order.Decisions
	if c.Release != nil {
		count, order.Reviewed = c.Release.Decisions, true
	}
	decisions, err := m.Ledger.ReviewDecisions(ctx, c.Order.RequestID, count)
	if err != nil {
		return err
	}
	if len(decisions) < count {
		return dsr.Errorf(dsr.Permanent, dsr.ReasonCopyFailed, "%d decisions count, and %d are recorded; `dsr verify` says what is wrong", count, len(decisions))
	}
	for _, d := range decisions {
		order.Decisions.Add(d)
	}
	return nil
}

// decided returns how many uncertain places people have decided.
func decided(s personcopy.Summary) int64 {
	if s.Review == nil {
		return 0
	}
	return s.Review.Decided
}

// note adds a place to the list of what is uncertain.
func (w *making) note(p dsr.ReviewPlace) error {
	if w.places == nil {
		return nil // it is listed already
	}
	line, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding a place: %w", err)
	}
	_, err = w.places.Write(append(line, '\n'))
	return err
}

// listed stores the list of what is uncertain, and records that it is whole.
func (w *making) listed(ctx context.Context) error {
	if w.places == nil {
		return nil
	}
	info, err := w.places.Commit(nil)
	if err != nil {
		return err
	}

	s := w.copier.Summary()
	_, err = w.maker.Ledger.RecordCopyReview(ctx, dsr.CopyReview{
		RequestID:  w.of.Order.RequestID,
		Number:     w.of.Order.Number,
		Attempt:    w.of.Order.Attempt,
		List:       dsr.HashRef{SHA256: info.Metadata[dsr.MetaSHA256]},
		Places:     s.Uncertain,
		Rules:      s.Rules,
		Incomplete: s.Incomplete,
		ListedAt:   w.maker.Now().UTC(),
	})

	if err == nil && w.surveys {
		w.maker.Logger.InfoContext(ctx, "a copy for the person waits for a review",
			"requestId", w.of.Order.RequestID, "copy", w.of.Order.Number, "places", s.Uncertain)
	}
	return err
}
