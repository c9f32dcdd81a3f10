package closing_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"azureml-dsr/internal/closing"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/wakeup"
)

// deadApprovals are the dead letters of the approvals, by their reasons. Other queues have
// none.
type deadApprovals struct {
	*watched
	letters []dsr.DeadLetter
	parked  []dsr.DeadLetter
}

func (d *deadApprovals) RecordPoison(_ context.Context, letter dsr.DeadLetter) error {
	d.parked = append(d.parked, letter)
	return nil
}

func (d *deadApprovals) DrainReason(ctx context.Context, queue, reason string, take func(context.Context, dsr.DeadLetter) error) (n int, err error) {
	var left []dsr.DeadLetter
	for _, letter := range d.letters {
		if queue == dsr.QueueApprovals && letter.Reason == reason {
			failed := take(ctx, letter)
			if err = errors.Join(err, failed); failed == nil {
				n++
				continue
			}
		}
		left = append(left, letter)
	}
	d.letters = left
	return n, err
}

// accepts takes an approval as its error says.
type accepts struct{ err error }

func (a accepts) Accept(context.Context, []byte) error { return a.err }

func TestAnApprovalThatStorageKeptFromBeingTakenIsTakenLater(t *testing.T) {
	away := dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "storage is away")
	late := dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidApproval, "it comes too late")
	for name, c := range map[string]struct {
		reason       string
		answer       error
		left, parked int
	}{
		"storage is back":              {dsr.ReasonTransient, nil, 0, 0},
		"storage is still away":        {dsr.ReasonTransient, away, 1, 0},
		"it is too late by now":        {dsr.ReasonTransient, late, 0, 1},
		"it was refused":               {dsr.ReasonInvalidApproval, nil, 1, 0},
		"its delivery crashed us":      {"MaxDeliveryCountExceeded", nil, 1, 0},
		"nobody knows what came of it": {dsr.ReasonTransient, errors.New("unclear"), 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := &deadApprovals{watched: &watched{adopt: func(context.Context) (ledger.Adopted, error) {
				return ledger.Adopted{}, nil
			}}}
			d.letters = []dsr.DeadLetter{{Queue: dsr.QueueApprovals, Reason: c.reason}}
			watch := closing.Watch{
				Ledger:    d,
				Wakeups:   wakeup.New(&sent{}, time.Now),
				Drainer:   d,
				Approvals: accepts{c.answer},
				Logger:    slog.New(slog.DiscardHandler),
			}

			err := watch.Run(t.Context())

			if len(d.letters) != c.left || len(d.parked) != c.parked {
				t.Errorf("%d are left and %d parked, want %d and %d", len(d.letters), len(d.parked), c.left, c.parked)
			}
			if (err != nil) != (c.reason == dsr.ReasonTransient && c.left > 0) {
				t.Errorf("the watch ended with %v", err)
			}
			if len(d.parked) > 0 && (d.parked[0].Reason != dsr.ReasonInvalidApproval || d.parked[0].Description != "it comes too late") {
				t.Errorf("parked as %+v", d.parked[0])
			}
		})
	}
}
