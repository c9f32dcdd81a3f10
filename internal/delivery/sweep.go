package delivery

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// sweepTime bounds one run.
const sweepTime = time.Minute

// Queue sends messages, and peeks at queues without locking messages.
type Queue interface {
	Sender
	// Values returns the values that an application property has in the messages of queues.
	Values(ctx context.Context, property string, queues ...string) (map[string]bool, error)
}

// Sweep looks after the copies that have not ended.
type Sweep struct {
	Ledger *ledger.Ledger
	Queue  Queue
	// DeadLetter names a queue's dead-letter queue.
	DeadLetter func(queue string) string
	// LostAfter is how long after an order its message counts as lost, if no queue has it.
	LostAfter time.Duration
	Now       func() time.Time
	Logger    *slog.Logger
}

// Run ends the copies whose time is up, removes what is left of those that have ended, and
// sends lost orders again. An error with one copy does not hold up the others.
func (s *Sweep) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sweepTime)
	defer cancel()

	var unsure []dsr.CopyName
	var failed []error
	for name, err := range s.Ledger.ListCopies(ctx) {
		if err != nil {
			failed = append(failed, err)
			break
		}
		lost, err := s.look(ctx, name)
		if err != nil {
			failed = append(failed, err)
		}
		if lost {
			unsure = append(unsure, name)
		}
	}

	return errors.Join(errors.Join(failed...), s.sendLost(ctx, unsure))
}

// look ends a copy whose time is up. lost reports that its message may be lost.
func (s *Sweep) look(ctx context.Context, name dsr.CopyName) (lost bool, err error) {
	c, found, err := s.Ledger.PersonCopy(ctx, name)
	switch {
	case err != nil || !found:
		return false, err
	case c.End != nil:
		return false, s.Ledger.RemoveCopy(ctx, name)
	case c.Receipt != nil && !s.Now().Before(c.Receipt.Until):
		return false, s.end(ctx, name, dsr.CopyExpired)
	}
	if outlived, err := s.Ledger.Outlived(ctx, c); err != nil || outlived {
		if err == nil {
			err = s.end(ctx, name, dsr.CopyRetention)
		}
		return false, err
	}

	if s.Now().Sub(c.Order.AskedAt) <= s.LostAfter {
		return false, nil
	}
	there, err := s.isThere(ctx, c)
	return !there, err
}

func (s *Sweep) end(ctx context.Context, name dsr.CopyName, why string) error {
	end, err := s.Ledger.EndCopy(ctx, dsr.CopyEnd{
		RequestID: name.RequestID,
		Number:    name.Number,
		Why:       why,
		At:        s.Now().UTC(),
	})
	if err == nil {
		s.Logger.InfoContext(ctx, "ended a copy for the person", "requestId", name.RequestID, "copy", name.Number, "why", end.Why)
	}
	return err
}

// isThere reports whether a copy is made and stored as its receipt says, or waits for a
// person.
func (s *Sweep) isThere(ctx context.Context, c ledger.PersonCopy) (bool, error) {
	if c.AwaitsReview() {
		return true, nil // there is nothing to make until somebody releases it
	}
	if c.Receipt == nil {
		return false, nil
	}
	info, err := s.Ledger.StoredCopy(ctx, c.Order.RequestID)
	if errors.Is(err, archive.ErrNotFound) {
		return false, nil
	}
	return info.Metadata[dsr.MetaSHA256] == c.Receipt.SHA256, err
}

// sendLost orders those copies again of which no queue holds a message. A message that is
// settled between the two looks has left its record by the second.
func (s *Sweep) sendLost(ctx context.Context, unsure []dsr.CopyName) error {
	if len(unsure) == 0 {
		return nil
	}
	held, err := s.Queue.Values(ctx, dsr.PropCopy, dsr.QueueCopies, s.DeadLetter(dsr.QueueCopies))
	if err != nil {
		return err
	}

	for _, name := range unsure {
		if held[name.String()] {
			continue
		}
		lost, err := s.look(ctx, name)
		if err != nil {
			return err
		}
		if !lost {
			continue
		}

		message, err := name.Message(time.Time{})
		if err != nil {
			return err
		}
		s.Logger.WarnContext(ctx, "sends a lost order of a copy again", "requestId", name.RequestID, "copy", name.Number)
		if err := s.Queue.Send(ctx, dsr.QueueCopies, message); err != nil {
			return err
		}
	}

	return nil
}
