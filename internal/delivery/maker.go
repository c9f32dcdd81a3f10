package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/personcopy"
)

const (
	// makeTime bounds what one delivery does, so that the invocation ends well before the
	// host's functionTimeout.
	makeTime = 8 * time.Minute
	// stepTime is how long a delivery works on a copy. Then it records how far it is, and a new
	// message has another one go on. It is how much work is lost at most when a process dies. A
	// message is dead-lettered after five deliveries, so each must not take long.
	stepTime = 30 * time.Second
	// storagePause is the pause after storage has failed, and of an order that comes while
	// others are being made.
	storagePause = 30 * time.Second
	// maxAtOnce is how many copies a process makes at once. Each holds what it has learned
	// about other people.
	maxAtOnce = 2
)

// Sender sends messages.
type Sender interface {
	Send(ctx context.Context, queue string, messages ...dsr.Message) error
}

// Maker makes the copies that are ordered.
type Maker struct {
	Ledger *ledger.Ledger
	Queue  Sender
	// Signer signs copies; nil leaves them unsigned.
	Signer ledger.Signer
	// Keep is how long a copy can be downloaded.
	Keep time.Duration
	// Worker is the version that receipts name.
	Worker string
	// Time bounds what one delivery does. Default 8 minutes.
	Time time.Duration
	// StepTime is how long a delivery works on a copy before another one goes on with it. Default
	// 30 seconds.
	StepTime time.Duration
	Now      func() time.Time
	Logger   *slog.Logger

	making atomic.Int32
}

// Accept makes the copy that a message orders. It returns nil if the message may be completed:
// the copy is there, waits for a review, has ended, or another message goes on with it. An error
// of class Permanent means that the copy can't be made. Accept has recorded that, and the caller
// dead-letters the message.
func (m *Maker) Accept(ctx context.Context, body []byte) error {
	name, err := dsr.DecodeCopyMessage(body)
	if err != nil {
		return err
	}

	err = m.deliver(ctx, name)
	if dsr.ClassOf(err) == dsr.Permanent {
		if unrecorded := m.failed(ctx, name, err); unrecorded != nil {
			err = unrecorded
		}
	}
	if dsr.OfQueue(err) {
		return err
	}
	switch dsr.ClassOf(err) {
	case dsr.Throttled, dsr.Transient:
		m.Logger.WarnContext(ctx, "could not make a copy for the person; trying again later",
			"requestId", name.RequestID, "copy", name.Number, "error", dsr.WithoutNames(err.Error()))
		return m.send(ctx, name, m.Now().Add(storagePause))
	default:
		return err
	}
}

// send sends the message by which a later delivery goes on, or tries again.
func (m *Maker) send(ctx context.Context, name dsr.CopyName, notBefore time.Time) error {
	message, err := name.Message(notBefore)
	if err != nil {
		return err
	}
	return m.Queue.Send(ctx, dsr.QueueCopies, message)
}

// failed records that a copy can't be made.
func (m *Maker) failed(ctx context.Context, name dsr.CopyName, why error) error {
	_, err := m.Ledger.EndCopy(ctx, dsr.CopyEnd{
		RequestID: name.RequestID,
		Number:    name.Number,
		Why:       dsr.CopyFailed,
		Reason:    dsr.WithoutNames(why.Error()),
		At:        m.Now().UTC(),
	})
	return err
}

// deliver makes a copy unless it is there or has ended.
func (m *Maker) deliver(ctx context.Context, name dsr.CopyName) error {
	c, found, err := m.Ledger.PersonCopy(ctx, name)
	if err != nil {
		return err
	}
	if !found {
		return dsr.Errorf(dsr.NoTask, dsr.ReasonUnknownTask, "no record orders this copy")
	}
	if ended, err := m.ended(ctx, c); ended || err != nil {
		return err
	}

	// What is written is found by the watch, whatever becomes of this delivery.
	if err := m.Ledger.IndexCopy(ctx, name); err != nil {
		return err
	}
	stored, err := m.stored(ctx, name)
	if err != nil {
		return err
	}
	made := c.Receipt != nil && stored != nil && stored.Metadata[dsr.MetaSHA256] == c.Receipt.SHA256
	if made || c.AwaitsReview() {
		m.forget(ctx, name, "")
		return nil
	}

	defer m.making.Add(-1)
	if m.making.Add(1) > maxAtOnce {
		return dsr.Errorf(dsr.Throttled, dsr.ReasonThrottled, "other copies are being made")
	}
	return m.work(ctx, c, stored)
}

// ended removes what is left of a copy that has ended. A copy ends when its documents do.
func (m *Maker) ended(ctx context.Context, c ledger.PersonCopy) (bool, error) {
	if c.End != nil {
		return true, m.Ledger.RemoveCopy(ctx, c.Name())
	}

	outlived, err := m.Ledger.Outlived(ctx, c)
	if err != nil || !outlived {
		return false, err
	}
	_, err = m.Ledger.EndCopy(ctx, dsr.CopyEnd{
		RequestID: c.Order.RequestID,
		Number:    c.Order.Number,
		Why:       dsr.CopyRetention,
		At:        m.Now().UTC(),
	})
	return true, err
}

// stored describes the blob that an earlier delivery has written, nil where there is none. It
// removes what an earlier copy has left.
func (m *Maker) stored(ctx context.Context, name dsr.CopyName) (*archive.Info, error) {
	info, err := m.Ledger.StoredCopy(ctx, name.RequestID)
	switch {
	case errors.Is(err, archive.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case ledger.NumberOf(info) == name.Number:
		return &info, nil
	default:
		return nil, m.discard(ctx, name)
	}
}

// discard removes a blob that no record vouches for.
func (m *Maker) discard(ctx context.Context, name dsr.CopyName) error {
	if err := m.Ledger.Exports().Backend().Delete(ctx, dsr.CopyBlob(name.RequestID)); err != nil {
		return fmt.Errorf("removing %s: %w", dsr.CopyBlob(name.RequestID), err)
	}
	return nil
}

// work goes on with a copy, or with the list of what of it is uncertain, until that is done or
// the time of this delivery is up.
func (m *Maker) work(ctx context.Context, c ledger.PersonCopy, stored *archive.Info) error {
	bounded, cancel := m.bounded(ctx)
	defer cancel()

	w, err := m.begin(bounded, c, stored)
	if err != nil {
		return tooSlow(ctx, bounded, err)
	}
	defer w.abort()
	finished, err := w.run(bounded)
	switch {
	case errors.Is(err, errEnded):
		return nil
	case err != nil:
		return tooSlow(ctx, bounded, err)
	case !finished:
		return m.send(ctx, c.Name(), time.Time{})
	}

	if w.surveys {
		err = w.listed(bounded)
	} else {
		err = m.store(bounded, w, stored)
	}
	if err != nil {
		return tooSlow(ctx, bounded, err)
	}
	m.forget(ctx, c.Name(), "")
	return nil
}

// forget removes what was known of a copy, but for the state that is still needed. A policy on
// the container may forbid that. It must not keep the copy from being made, and what is left is
// removed when the copy ends.
func (m *Maker) forget(ctx context.Context, name dsr.CopyName, needed string) {
	if err := m.Ledger.RemoveCopyStates(ctx, name, needed); err != nil {
		m.Logger.WarnContext(ctx, "could not remove what was known of a copy for the person",
			"requestId", name.RequestID, "copy", name.Number, "error", dsr.WithoutNames(err.Error()))
	}
}

// store stores a copy and records it. Where an earlier delivery has stored it, it only looks that
// the bytes are the same.
func (m *Maker) store(ctx context.Context, w *making, stored *archive.Info) error {
	if err := w.listed(ctx); err != nil {
		return err
	}
	sum, err := w.commit()
	if err != nil {
		return err
	}
	if sum == "" {
		sum = stored.Metadata[dsr.MetaSHA256]
	}

	out := w.made()
	wanted := out.sha256
	if w.of.Receipt != nil {
		wanted = w.of.Receipt.SHA256
	}
	if sum == out.sha256 && wanted == out.sha256 {
		return m.conclude(ctx, w.of, out)
	}

	// Another version has written it, or somebody else.
	if err := m.discard(ctx, w.of.Name()); err != nil {
		return err
	}
	if wanted != out.sha256 {
		return dsr.Errorf(dsr.Permanent, dsr.ReasonCopyFailed, "the copy is lost, and this version makes another one of the same documents; order it again")
	}
	return dsr.Errorf(dsr.Transient, dsr.ReasonConflict, "another copy was in the place of this one and is removed")
}

// bounded bounds what a delivery does.
func (m *Maker) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, orDefault(m.Time, makeTime))
}

func orDefault(d, byDefault time.Duration) time.Duration {
	if d <= 0 {
		return byDefault
	}
	return d
}

// tooSlow returns what it means that the bounded time was up.
func tooSlow(ctx, bounded context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) && bounded.Err() != nil && ctx.Err() == nil {
		return dsr.Errorf(dsr.Permanent, dsr.ReasonCopyFailed, "a part of the archive takes longer than one invocation; make the copy with `dsr copy ID --out FILE`")
	}
	return err
}

// order returns what a copy is made of, as the records have it.
func (m *Maker) order(ctx context.Context, c ledger.PersonCopy) (personcopy.Order, personcopy.Documents, error) {
	last := dsr.Attempt{RequestID: c.Order.RequestID, Number: c.Order.Attempt}
	_, sum, _, err := m.Ledger.Manifest(ctx, last)
	if err == nil && sum != c.Order.Manifest.SHA256 {
		err = explained(personcopy.ErrDamaged)
	}
	if err != nil {
		return personcopy.Order{}, nil, err
	}
	order, documents, err := personcopy.OrderOf(ctx, m.Ledger, last)
	if err != nil {
		return order, nil, explained(err)
	}

	order.Status, order.Contact, order.Policy = c.Order.Status, c.Order.Contact, c.Order.Policy
	if err := m.decide(ctx, c, &order); err != nil {
		return order, nil, err
	}
	if m.Signer != nil {
		order.Signer = &recordedSigner{ledger: m.Ledger, signer: m.Signer, name: c.Name()}
	}
	return order, documents, nil
}

// explained makes those errors permanent that come again at each try.
func explained(err error) error {
	why := ""
	switch {
	case errors.Is(err, personcopy.ErrRemoved):
		why = "documents of the request are not stored any more"
	case errors.Is(err, personcopy.ErrDamaged):
		why = "what is stored is not what the manifest vouches for; `dsr verify` says what is wrong"
	case errors.Is(err, personcopy.ErrTooManyPeople):
		why = "too many people are named; split the request into some for a part of the scope each"
	case errors.Is(err, personcopy.ErrNoSubject), errors.Is(err, personcopy.ErrDeletes), errors.Is(err, personcopy.ErrOpen):
		why = "the request has nothing that could be handed to a person"
	default:
		return err
	}
	return dsr.Errorf(dsr.Permanent, dsr.ReasonCopyFailed, "%s", why)
}

// conclude records what was made, unless the copy has ended meanwhile.
func (m *Maker) conclude(ctx context.Context, c ledger.PersonCopy, out made) error {
	now, found, err := m.Ledger.PersonCopy(ctx, c.Name())
	if err != nil || !found {
		return err
	}
	if ended, err := m.ended(ctx, now); ended || err != nil {
		return err
	}

	searched := 0
	for _, s := range out.Searched {
		searched += s.Documents
	}
	at := m.Now().UTC()
	receipt, err := m.Ledger.RecordCopyReceipt(ctx, dsr.CopyReceipt{
		RequestID: c.Order.RequestID,
		Number:    c.Order.Number,
		Name:      dsr.CopyBlob(c.Order.RequestID),
		SHA256:    out.sha256,
		Bytes:     out.bytes,
		Documents: int64(out.Documents),
		Searched:  int64(searched),
		Files:     int64(out.Files),
		People:    int64(out.People),
		Uncertain: out.Uncertain,
		Decided:   decided(out.Summary),
		Attempt:   c.Order.Attempt,
		Manifest:  c.Order.Manifest,
		Partial:   c.Order.Partial,
		Policy:    c.Order.Policy,
		AskedBy:   c.Order.AskedBy,
		Worker:    m.Worker,
		AskedAt:   c.Order.AskedAt,
		MadeAt:    at,
		Until:     at.Add(m.Keep),
	})
	if err != nil {
		return err
	}

	m.Logger.InfoContext(ctx, "made a copy for the person", "requestId", c.Order.RequestID, "copy", c.Order.Number,
		"sha256", receipt.SHA256, "bytes", receipt.Bytes, "documents", receipt.Documents, "searched", receipt.Searched, "until", receipt.Until)
	return nil
}
