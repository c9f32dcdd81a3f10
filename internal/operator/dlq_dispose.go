package operator

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
)

// The actions that dispose of dead letters, as records name them.
const (
	Resubmitted = "resubmitted"
	Purged      = "purged"
	Parked      = "parked"
)

// DisposalOrder chooses dead letters of a queue, by their sequences or all.
type DisposalOrder struct {
	Queue     string
	Sequences []string
	All       bool // those that are there when ChooseDead runs
	// Parks means that they are to be parked, which is possible in the worker's queues too.
	Parks bool
	// By is who orders it, and Reason why, for the record. Both may be empty.
	By, Reason string
}

// Check returns what is wrong with the order, as far as the order alone shows.
func (o DisposalOrder) Check() error {
	if o.All == (len(o.Sequences) > 0) {
		return invalid("sequences", "name dead letters by their sequence, or give --all")
	}
	if o.Parks && o.Queue == PoisonQueue {
		return invalid("queue", "what is in %s is parked already", o.Queue)
	}
	if !o.Parks && slices.Contains([]string{dsr.QueueExports, dsr.QueueDeletes, dsr.QueueClosings}, o.Queue) {
		return invalid("queue", "the worker looks after the dead letters of %s itself; one that stays there can be parked with `dsr dlq park`", o.Queue)
	}
	if err := checkReason(o.Reason, ""); err != nil {
		return err
	}
	return CheckDeadQueue(o.Queue)
}

// ChosenDead are existing dead letters of one queue.
type ChosenDead struct {
	Queue      string
	Letters    []DeadLetter
	By, Reason string // as in the order
}

// ChooseDead finds the dead letters of an order. It returns all of them or none: the error
// is NotFound where one is missing.
func (o *Operator) ChooseDead(ctx context.Context, order DisposalOrder) (ChosenDead, error) {
	if err := order.Check(); err != nil {
		return ChosenDead{}, err
	}

	chosen := ChosenDead{Queue: order.Queue, By: order.By, Reason: order.Reason}
	for d, err := range o.DeadLetters(ctx, order.Queue) {
		if err != nil {
			return ChosenDead{}, err
		}
		if order.All || slices.Contains(order.Sequences, d.Sequence) {
			chosen.Letters = append(chosen.Letters, d)
		}
	}

	for _, sequence := range order.Sequences {
		if !slices.Contains(chosen.sequences(), sequence) {
			return ChosenDead{}, notFound("there is no dead letter %s in %s; nothing was done", sequence, order.Queue)
		}
	}

	return chosen, nil
}

func (c ChosenDead) sequences() []string {
	var out []string
	for _, d := range c.Letters {
		out = append(out, d.Sequence)
	}
	return out
}

// ResubmitDead sends dead letters again, unchanged, and returns the sequences of those that
// were sent. The error is Refused where some were gone or locked.
func (o *Operator) ResubmitDead(ctx context.Context, chosen ChosenDead) (done []string, err error) {
	return o.dispose(ctx, chosen, Resubmitted, o.dead(chosen.Queue).resubmit)
}

// PurgeDead removes dead letters for good, and returns the sequences of those that were
// removed. The error is Refused where some were gone or locked.
func (o *Operator) PurgeDead(ctx context.Context, chosen ChosenDead) (done []string, err error) {
	return o.dispose(ctx, chosen, Purged, o.dead(chosen.Queue).purge)
}

// ParkDead moves dead letters to PoisonQueue, where nobody is called with them, and returns
// the sequences of those that were moved. The error is Refused where some were gone or
// locked.
func (o *Operator) ParkDead(ctx context.Context, chosen ChosenDead) (done []string, err error) {
	return o.dispose(ctx, chosen, Parked, func(ctx context.Context, sequences []string) ([]string, error) {
		return o.dead(chosen.Queue).park(ctx, sequences, o.ledger.RecordPoison)
	})
}

// dispose records an action for each dead letter, and then carries it out with do.
func (o *Operator) dispose(ctx context.Context, chosen ChosenDead, action string, do func(context.Context, []string) ([]string, error)) ([]string, error) {
	for _, d := range chosen.Letters {
		if err := o.recordDisposal(ctx, action, chosen, d); err != nil {
			return nil, err
		}
	}

	done, err := do(ctx, chosen.sequences())
	left := len(chosen.Letters) - len(done)
	if err == nil && left > 0 {
		err = refused("%d of %d are gone or held by somebody else just now; try again in a minute", left, len(chosen.Letters))
	}

	return done, err
}
