// Package task carries one task through the steps of the protocol: look up, page, send
// on, work, receipt and hand over. Each is a function of that name. The last step,
// settle, completes the message and is the caller's. What a resource type means is for
// a Worker to know.
package task

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// Queue sends messages.
type Queue interface {
	Send(ctx context.Context, queue string, messages ...dsr.Message) error
}

// Waker asks the reconciler for a check of an attempt.
type Waker interface {
	// WakeSoon asks for one at once, and WakeLater for one within seconds.
	WakeLater(ctx context.Context, a dsr.Attempt) error
	WakeSoon(ctx context.Context, a dsr.Attempt) error
}

// Job is a task with what is stored of it.
type Job struct {
	Task   dsr.Task
	Node   dsr.Node
	Target dsr.Target
	// Kind is the request's kind, and SubNodes the way its plan names sub-nodes.
	Kind, SubNodes string
	// What is what the plan exports; see dsr.Plan.
	What string
	// Item is the item whose own list a sub-node is; "" for a node of the plan.
	Item string
	// Token is what the send before left for this one to go on with; "" for nothing.
	Token string
	// Again marks a task that may have been worked on before: what it stores may be
	// there already.
	Again bool
	// Deliveries counts the message's deliveries, from 1. Enqueued is when it was put
	// into its queue, by the queue's clock; zero where nobody knows.
	Deliveries int
	Enqueued   time.Time
}

// Listing is what the stored answer to a page of a list says.
type Listing struct {
	Items  []string
	Cursor string      // to the next page; "" when this is the last
	Answer dsr.BlobRef // the part that holds the answer, relative to the attempt
}

// Worker does what a resource type asks for. Its errors carry their class.
type Worker interface {
	// Lists reports whether the job's node has a list. A node without one has a single
	// page with a single item, its target.
	Lists(job Job) bool
	// ListEndpoint and WorkEndpoint return the row that a failure of the job's list,
	// or of its work as a whole, is reported under.
	ListEndpoint(job Job) string
	WorkEndpoint(job Job) string
	// List stores the answer to a page of the job's list as a part, and returns what
	// the stored answer says.
	List(ctx context.Context, job Job, cursor string) (Listing, error)
	// Work reads or deletes the items of a chunk, and stores the part that says so.
	Work(ctx context.Context, job Job, items []string) error
}

// Options are a runner's settings; zero values mean the defaults.
type Options struct {
	// Queue is the queue of the tasks. Default dsr-exports.
	Queue string
	// ChunkItems is the most items of a chunk. Default 50.
	ChunkItems int
	// RedriveDelays are the pauses after transient failures, and those after crashes. A
	// task that fails after the last one is given up. Default 1m, 5m, 30m, 2h, 12h.
	RedriveDelays []time.Duration
	// WorkTime bounds a task's work, so that its invocation ends well before the host's
	// functionTimeout. Default 8 minutes.
	WorkTime time.Duration
	// Same maps a row that repeats another's figures to that row.
	Same map[string]string
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Jitter lengthens a pause, so that tasks that failed together do not come back
	// together. Default: by up to a fifth.
	Jitter func(time.Duration) time.Duration
	// Logger gets a line for each failure. Default: no logger.
	Logger *slog.Logger
}

// workTime is shorter than the time for which a queue remembers a message.
const workTime = 8 * time.Minute

func (o Options) withDefaults() Options {
	if o.Queue == "" {
		o.Queue = dsr.QueueExports
	}
	if o.ChunkItems == 0 {
		o.ChunkItems = 50
	}
	if o.RedriveDelays == nil {
		o.RedriveDelays = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour}
	}
	if o.WorkTime == 0 {
		o.WorkTime = workTime
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Jitter == nil {
		o.Jitter = func(d time.Duration) time.Duration { return d + rand.N(d/5+1) }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	return o
}

// Runner runs tasks and redrives them. What it remembers of them only saves look-ups and
// chooses between wake-ups.
type Runner struct {
	running running
	cancels *cancels
	ledger  *ledger.Ledger
	queue   Queue
	worker  Worker
	wakeups Waker
	opts    Options
}

// New returns a runner of tasks that w works on.
func New(l *ledger.Ledger, q Queue, w Worker, wakeups Waker, opts Options) *Runner {
	opts = opts.withDefaults()
	return &Runner{
		cancels: newCancels(l.Canceled, opts.Now),
		ledger:  l,
		queue:   q,
		worker:  w,
		wakeups: wakeups,
		opts:    opts,
	}
}
