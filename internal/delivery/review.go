package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/personcopy"
)

// survey lists what of a copy is uncertain, for somebody to look at. Once that is recorded the
// copy waits until it is released.
func (m *Maker) survey(ctx context.Context, c ledger.PersonCopy) error {
	if c.Review != nil {
		return nil
	}
	defer m.making.Add(-1)
	if m.making.Add(1) > maxAtOnce {
		return dsr.Errorf(dsr.Throttled, dsr.ReasonThrottled, "other copies are being made")
	}
	bounded, cancel := m.bounded(ctx)
	defer cancel()

	order, documents, err := m.order(bounded, c)
	if err != nil {
		return err
	}
	order.Signer = nil // nothing is handed to anybody
	list, err := m.list(bounded, c, &order)
	if err != nil {
		return err
	}
	defer list.abort()
	summary, err := personcopy.Write(bounded, io.Discard, order, documents)
	if err = tooLarge(ctx, bounded, err); err != nil {
		return explained(err)
	}
	if err := list.record(ctx, summary); err != nil {
		return err
	}

	m.Logger.InfoContext(ctx, "a copy for the person waits for a review",
		"requestId", c.Order.RequestID, "copy", c.Order.Number, "places", summary.Uncertain)
	return nil
}

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

// placeList is the list of what of a copy is uncertain.
type placeList struct {
	maker *Maker
	of    ledger.PersonCopy
	blob  *archive.Writer // nil: it is listed already
}

// list begins the list, unless an earlier delivery has recorded it, and has an order fill it.
func (m *Maker) list(ctx context.Context, c ledger.PersonCopy, order *personcopy.Order) (*placeList, error) {
	l := &placeList{maker: m, of: c}
	if c.Review != nil {
		return l, nil
	}
	blob, err := m.Ledger.NewPlaces(ctx, c.Name())
	if err != nil {
		return nil, err
	}
	l.blob = blob
	order.Uncertain = func(p dsr.ReviewPlace) error {
		line, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("encoding a place: %w", err)
		}
		_, err = blob.Write(append(line, '\n'))
		return err
	}
	return l, nil
}

func (l *placeList) abort() {
	if l.blob != nil {
		l.blob.Abort()
	}
}

// record stores the list, and records that it is whole.
func (l *placeList) record(ctx context.Context, s personcopy.Summary) error {
	if l.blob == nil {
		return nil
	}
	info, err := l.blob.Commit(nil)
	if err != nil {
		return err
	}
	_, err = l.maker.Ledger.RecordCopyReview(ctx, dsr.CopyReview{
		RequestID:  l.of.Order.RequestID,
		Number:     l.of.Order.Number,
		Attempt:    l.of.Order.Attempt,
		List:       dsr.HashRef{SHA256: info.Metadata[dsr.MetaSHA256]},
		Places:     s.Uncertain,
		Rules:      s.Rules,
		Incomplete: s.Incomplete,
		ListedAt:   l.maker.Now().UTC(),
	})
	return err
}
