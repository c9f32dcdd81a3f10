package task

import (
	"context"
	"errors"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/meter"
	"azureml-dsr/internal/telemetry"
)

// Delivery is a task message as it was delivered.
type Delivery struct {
	Body         []byte
	Count        int       // of its deliveries, from 1
	EnqueuedTime time.Time // by the queue's clock
	// Again marks a message that may have been sent before.
	Again bool
}

// Run carries a task message from look up to hand over. Nil means that everything
// the message asked for is durable, so that it may be completed. An error of class
// Transient or NoTask means that it is to be dead-lettered. Any other error is
// unclear and promises nothing, and neither does a failure of Service Bus
// (dsr.OfQueue). Whatever failed is logged by then, also where Run returns nil.
func (r *Runner) Run(ctx context.Context, d Delivery) error {
	t, err := r.decode(d.Body)
	if err != nil {
		return r.report(ctx, t, d.Count, err)
	}
	r.running.enter(t)
	defer r.running.leave(t)

	ctx, _ = meter.Invocation(ctx)

	job, page, done, err := r.lookUp(ctx, t, d)
	if err != nil || done {
		return r.report(ctx, t, d.Count, err)
	}

	job.Deliveries, job.Enqueued = d.Count, d.EnqueuedTime
	workCtx, cancel := context.WithTimeout(ctx, r.opts.WorkTime)
	defer cancel()

	err = dsr.Guard(func() error { return r.perform(workCtx, job, page) })()
	if err == nil {
		return nil
	}
	if dsr.OfQueue(err) {
		// No resend is recorded: its message would fail the way this one did, and would
		// spend a pause or a redrive's delay on a fault of the queue. Whatever precedes
		// the send is stored, so the next delivery only sends.
		return r.report(ctx, t, d.Count, err)
	}

	if errors.Is(err, context.DeadlineExceeded) && workCtx.Err() != nil && ctx.Err() == nil {
		err = unfinished(err)
	}

	_ = r.report(ctx, t, d.Count, err)
	next := r.afterFailure(ctx, job, err)
	if !errors.Is(next, err) { // recording what comes next failed as well
		_ = r.report(ctx, t, d.Count, next)
	}

	return next
}

// perform takes the steps that follow look up, each in a function of its name. The
// last one, settle, is the caller's.
func (r *Runner) perform(ctx context.Context, job Job, page *pageRecord) error {
	if lists(job) {
		var err error
		if page, err = r.page(ctx, job, page); err != nil {
			return err
		}
		if err := r.sendOn(ctx, job, page); err != nil {
			return err
		}
	}

	if err := r.work(ctx, job, page); err != nil {
		return err
	}

	receipt, err := r.receipt(ctx, job, page)
	if err != nil {
		return err
	}

	return r.handOver(ctx, job.Task, receipt)
}

// decode reads a task of this runner's queue. The worker would mistake a task of
// another queue for one of its own.
func (r *Runner) decode(body []byte) (dsr.Task, error) {
	t, err := dsr.DecodeTask(body)
	if err == nil && dsr.QueueOf(t) != r.opts.Queue {
		err = noTask("tasks of type %s are not for the queue %s", t.Type, r.opts.Queue)
	}
	return t, err
}

// report logs the one line of a failure, if there is one, and returns it. The logger
// adds the invocation's id.
func (r *Runner) report(ctx context.Context, t dsr.Task, deliveries int, err error) error {
	if err != nil {
		telemetry.Current(ctx).Fail(dsr.ReasonOf(err))
		r.opts.Logger.WarnContext(ctx, "a task failed", dsr.FailureAttrs(t, deliveries, err)...)
	}
	return err
}

// unfinished makes an error of class Unfinished of the end of the work time. It keeps
// the worker's count of progress, if the worker returned one.
func unfinished(err error) error {
	e := dsr.Errorf(dsr.Unfinished, dsr.ReasonTransient, "the work was longer than one invocation")
	if inner, ok := errors.AsType[*dsr.Error](err); ok {
		e.Progress = inner.Progress
	}
	e.Err = err
	return e
}
