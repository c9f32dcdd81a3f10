// Package operator is what an operator can ask for: to look at requests, to send,
// cancel, retry, extend, approve and verify them, to hold things, to dispose of dead
// letters, and to check the installation. It returns values and typed errors, and
// prints nothing, so that a command line and an API can both offer it.
package operator

import (
	"context"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// Operator does what an operator asks for, with the connections of one installation.
// Its methods may be called at the same time.
type Operator struct {
	ledger  *ledger.Ledger
	audit   *archive.Archive
	exports *archive.Archive
	index   *archive.Archive
	queues  Queues
	dead    func(queue string) deadStore
	now     func() time.Time
}

// Queues are the queues that an operator sends to and looks into.
type Queues interface {
	Send(ctx context.Context, queue string, messages ...dsr.Message) error
	// Holds reports whether a queue holds a message with this value of a property.
	Holds(ctx context.Context, queue, property, value string) (bool, error)
}

// Options are all optional.
type Options struct {
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Queues are where messages go. Default: those of the connections.
	Queues Queues
}

// New returns an operator with these connections. Their owner closes them.
func New(c *config.Connections, opts Options) *Operator {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Queues == nil {
		opts.Queues = c.Bus
	}

	o := &Operator{
		ledger:  c.Ledger,
		audit:   c.Audit,
		exports: c.Exports,
		index:   c.Index,
		queues:  opts.Queues,
		now:     opts.Now,
	}

	o.dead = func(queue string) deadStore {
		if queue == PoisonQueue {
			return poison{blobs: o.index, queues: o.queues}
		}
		return deadQueue{queues: c.Bus, name: queue}
	}

	return o
}
