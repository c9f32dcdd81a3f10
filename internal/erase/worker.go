// Package erase does the work of the tasks that delete: one thing a task, only
// what was planned, decided before the first call and proved after the last.
package erase

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/task"
)

// Upstream reads from Azure ML and deletes there.
type Upstream interface {
	Get(ctx context.Context, call azureml.Call) (*azureml.Answer, error)
	DeletionURL(call azureml.Call) (string, error)
	Stop(ctx context.Context, call azureml.Call) (azureml.Deleted, error)
	Delete(ctx context.Context, call azureml.Call) (azureml.Deleted, error)
	Await(ctx context.Context, call azureml.Call, token string) (done bool, next string, err error)
}

// Options are a worker's settings; zero values mean the defaults.
type Options struct {
	// RequireApproval keeps what nobody has approved from being deleted.
	RequireApproval bool
	// ConfirmTime is how long a thing must have been gone to be confirmed as deleted,
	// default 2 s. ConfirmWait is how long it may take to be gone, default 1 minute.
	ConfirmTime, ConfirmWait time.Duration
	// WalkTime is how long one invocation walks the lists of a container that is to be
	// deleted, or looks for documents on hold in it, default 2 minutes. WalkItems is how
	// many names it holds in memory at a time, default 250,000.
	WalkTime  time.Duration
	WalkItems int
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Worker is a task.Worker that deletes.
type Worker struct {
	upstream Upstream
	ledger   *ledger.Ledger
	copies   copyEraser
	archive  *archive.Archive
	opts     Options
}

var _ task.Worker = (*Worker)(nil)

// New returns a worker that deletes at u and stores its proofs as parts in a, from
// which the receipts are made.
func New(u Upstream, l *ledger.Ledger, a *archive.Archive, opts Options) *Worker {
	if opts.ConfirmTime == 0 {
		opts.ConfirmTime = 2 * time.Second
	}
	if opts.ConfirmWait == 0 {
		opts.ConfirmWait = time.Minute
	}
	if opts.WalkTime == 0 {
		opts.WalkTime = 2 * time.Minute
	}
	if opts.WalkItems == 0 {
		opts.WalkItems = 250_000
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}

	return &Worker{
		upstream: u,
		ledger:   l,
		copies:   l,
		archive:  a,
		opts:     opts,
	}
}

// Lists returns true: a node that deletes has a list, whose pages are recorded by the
// reconciler and by nothing else.
func (w *Worker) Lists(task.Job) bool { return true }

// List returns an error. The pages are recorded, so the steps never ask for one.
func (w *Worker) List(context.Context, task.Job, string) (task.Listing, error) {
	return task.Listing{}, dsr.Errorf(dsr.NoTask, dsr.ReasonUnknownTask, "a node that deletes has no list")
}

// ListEndpoint returns the id of the row of the job's deletions.
func (w *Worker) ListEndpoint(job task.Job) string { return rowOf(job).ID }

// WorkEndpoint returns the id of the row of the job's deletions.
func (w *Worker) WorkEndpoint(job task.Job) string { return rowOf(job).ID }

func rowOf(job task.Job) azureml.DeleteOperation {
	if typ := job.Node.Type; typ == dsr.ReadBack || typ == dsr.EraseExports {
		return azureml.DeleteOperation{ID: typ}
	}
	of, _ := dsr.Deletes(job.Task.Type)
	rows := azureml.DeleteOperations()
	i := slices.IndexFunc(rows, func(d azureml.DeleteOperation) bool { return d.Type == of })
	if i < 0 {
		return azureml.DeleteOperation{}
	}
	return rows[i]
}

// Work deletes the one item of a chunk and stores the proof, unless an earlier
// delivery has.
func (w *Worker) Work(ctx context.Context, job task.Job, items []string) error {
	name := job.Task.PartBlob(job.Target)
	if job.Again {
		_, err := w.archive.Backend().Stat(ctx, name)
		if err == nil || !errors.Is(err, archive.ErrNotFound) {
			return err
		}
	}

	part, err := w.archive.NewPart(ctx, name)
	if err != nil {
		return err
	}
	defer part.Abort()

	switch job.Node.Type {
	case dsr.ReadBack:
		err = w.readBack(ctx, job, items, part)
	case dsr.EraseExports:
		err = w.eraseCopies(ctx, job, items)
	default:
		err = w.items(ctx, job, items, part)
	}
	if err != nil {
		return err
	}

	_, err = part.Commit()
	return err
}

func (w *Worker) items(ctx context.Context, job task.Job, items []string, part *archive.PartWriter) error {
	for _, item := range items {
		entry, err := w.item(ctx, job, item)
		if err != nil {
			return err
		}
		if err := part.Add(entry, nil); err != nil {
			return err
		}
	}
	return nil
}

// deletion is the deletion of one thing, by one delivery.
type deletion struct {
	*Worker
	job     task.Job
	row     azureml.DeleteOperation
	call    azureml.Call
	plan    dsr.Plan
	planned dsr.Planned
	holds   []dsr.Hold // the request's own
	sent    sent
	absent  bool // the thing was not there before a DELETE that purges
	proof   dsr.DeletionProof
	state   string // the thing's, where it is one that runs, as it was last read
}

// item deletes one thing, if it may be deleted, and returns the entry that proves it or
// says why not.
func (w *Worker) item(ctx context.Context, job task.Job, item string) (dsr.Entry, error) {
	d, err := w.planned(ctx, job, item)
	if err != nil {
		return dsr.Entry{}, err
	}
	decision, err := d.decide(ctx)
	if err != nil {
		return dsr.Entry{}, err
	}
	if decision.Verdict != dsr.Go {
		return d.entry(d.refused(decision.Reason, "it was decided not to delete it"))
	}
	return d.entry(d.erase(ctx))
}

// planned finds a thing in the deletion plan.
func (w *Worker) planned(ctx context.Context, job task.Job, item string) (*deletion, error) {
	a := job.Task.Of()
	plan, _, err := w.ledger.Plan(ctx, a)
	if err != nil {
		return nil, err
	}
	deletions, _, found, err := w.ledger.DeletionPlan(ctx, a)
	if err != nil {
		return nil, err
	}
	request, _, err := w.ledger.Request(ctx, a.RequestID)
	if err != nil {
		return nil, err
	}

	row := rowOf(job)
	stage, named := deletions.Stage(job.Node.Number)
	if !found || !named {
		return nil, dsr.Errorf(dsr.NoTask, dsr.ReasonUnknownTask, "no deletion plan names node %d", job.Node.Number)
	}
	thing, err := w.thing(ctx, job, stage, item)
	if err != nil {
		return nil, err
	}
	d := &deletion{
		Worker:  w,
		job:     job,
		row:     row,
		plan:    plan,
		planned: thing,
		holds:   request.Holds(),
	}
	if d.call, err = azureml.DeletionCall(row.ID, job.Target, item); err != nil {
		return nil, err
	}

	url, err := w.upstream.DeletionURL(d.call)
	if err != nil {
		return nil, err
	}

	d.proof = dsr.DeletionProof{
		Endpoint: row.ID,
		Target:   job.Node.Target,
		Item:     item,
		URL:      url,
	}

	return d, nil
}

// entry returns the entry of a deletion that has ended so. A permanent error stands in
// it. Any other is returned, for it leaves the task open.
func (d *deletion) entry(err error) (dsr.Entry, error) {
	if err != nil && dsr.ClassOf(err) != dsr.Permanent {
		return dsr.Entry{}, err
	}

	e := dsr.Entry{
		Endpoint:    d.row.ID,
		Item:        d.proof.Item,
		URL:         d.proof.URL,
		Status:      d.proof.Status,
		RetrievedAt: d.opts.Now().UTC(),
		Deletion:    &d.proof,
	}

	if err != nil {
		e.Error = &dsr.ItemError{Code: dsr.ReasonOf(err), Message: err.Error()}
		switch d.proof.Outcome = dsr.OutcomeFailed; e.Error.Code {
		case dsr.ReasonHeld:
			d.proof.Outcome = dsr.OutcomeHeld
		case dsr.ReasonSoftDeleted:
			d.proof.Outcome = dsr.OutcomeSoftDeleted
		}
	}

	return e, nil
}

func (d *deletion) refused(reason, format string, args ...any) error {
	return dsr.Errorf(dsr.Permanent, reason, "%s: %s", d.row.ID, fmt.Sprintf(format, args...))
}

// gone reports whether an error is the upstream's 404.
func gone(err error) bool { return dsr.StatusOf(err) == http.StatusNotFound }
