// Package operator does what an operator asks for. It lists, submits, cancels, retries,
// extends, approves, downloads and verifies requests, puts things on hold, disposes of dead
// letters and checks the installation. It returns values and typed errors and prints
// nothing, so that both a command line and an API can use it.
package operator

import (
	"context"
	"iter"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// Operator works on the requests of one installation. Its methods are safe for concurrent
// use.
type Operator struct {
	ledger  *ledger.Ledger
	audit   *archive.Archive
	exports *archive.Archive
	index   *archive.Archive
	queues  Queues
	dead    func(queue string) deadStore
	now     func() time.Time
	copies  dsr.CopyPolicy
	rows    *rows
	counted matchMemory
}

// Queues are the queues that an operator sends to and searches.
type Queues interface {
	Send(ctx context.Context, queue string, messages ...dsr.Message) error
	// Holds reports whether a queue holds a message with this value of a property.
	Holds(ctx context.Context, queue, property, value string) (bool, error)
	// Waiting returns the body of the first message with this value of a property, or false
	// where a queue holds none.
	Waiting(ctx context.Context, queue, property, value string) ([]byte, bool, error)
	// Dead yields the dead letters of a queue, without locking them.
	Dead(ctx context.Context, queue string) iter.Seq2[bus.DeadMessage, error]
}

// Options are all optional.
type Options struct {
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Queues are where messages are sent. Default: those of the connections.
	Queues Queues
	// Copies is what a copy for a person has unless its order says otherwise. Default:
	// dsr.SafePolicy.
	Copies dsr.CopyPolicy
}

// New returns an operator with these connections. It does not close them.
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
		copies:  opts.Copies.Or(dsr.SafePolicy()),
		rows:    newRows(),
	}

	o.dead = func(queue string) deadStore {
		if queue == PoisonQueue {
			return poison{blobs: o.index, queues: o.queues}
		}
		return deadQueue{browsed: o.queues, queues: c.Bus, name: queue}
	}

	return o
}
