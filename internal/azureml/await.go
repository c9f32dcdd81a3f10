package azureml

import (
	"context"
	"errors"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream"
)

// The pauses between two polls where the upstream asks for none, and the shortest
// that it may ask for.
const (
	firstPause    = 2 * time.Second
	longestPause  = 30 * time.Second
	shortestPause = time.Second
)

// pollRoom is the time that is kept free before a deadline, for the answer to the last
// poll and for what the caller does with the token.
const pollRoom = 5 * time.Second

// Await polls a deletion that was answered with 202 until it has ended, or until the
// next poll doesn't fit before ctx's deadline. call is the one of Delete. token is the
// one of Delete's answer, or an earlier next.
//
// It returns one of three things:
//
//   - done, when the upstream says that the deletion has ended. Only reading the thing
//     proves that it is gone.
//   - next, when the deletion may still go on: the token to poll on with, at ResumeAt
//     or later. Without an error, only the time was too short. Otherwise the error is
//     throttled or transient, or says that ctx was given up.
//   - an error alone, when polling on is of no use. A permanent Refused with the
//     upstream's code: the deletion failed. A permanent TargetNotFound, with status
//     404: the upstream no longer knows the deletion, and only reading the thing shows
//     what became of it. A Conflict, as Delete's: only another Delete can help. A
//     transient Unconfirmed: the operation says that it still runs, longer than the
//     upstream has said that it may. The thing itself shows what became of it.
func (c *Client) Await(ctx context.Context, call Call, token string) (done bool, next string, err error) {
	d, _, scope, err := c.resolveDeletion(call)
	if err != nil {
		return false, "", err
	}
	poll, err := c.resumePoll(d.ID, token)
	if err != nil {
		return false, "", err
	}

	scope.Poll = true
	ctx = upstream.WithScope(ctx, scope)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		if poll.overdue() {
			return false, "", dsr.Errorf(dsr.Transient, dsr.ReasonUnconfirmed, "%s: the deletion still runs, longer than the upstream has said that it may", d.ID)
		}
		if !fits(ctx, poll.notBefore) {
			return false, poll.token, nil
		}
		if err := waitUntil(ctx, poll.notBefore); err != nil {
			return false, poll.token, upstream.Failed(ctx, d.ID, err)
		}

		start := time.Now()
		done, err := poll.ask(ctx, pause)
		c.log(ctx, d.ID, time.Since(start), err)
		if done {
			return true, "", nil
		}
		if err != nil {
			next, err := poll.afterError(ctx, err)
			return false, next, err
		}
	}
}

// fits reports whether there is room before the deadline for a poll at a time.
func fits(ctx context.Context, at time.Time) bool {
	deadline, bounded := ctx.Deadline()
	return !bounded || max(time.Until(at), 0)+pollRoom <= time.Until(deadline)
}

func waitUntil(ctx context.Context, at time.Time) error {
	select {
	case <-time.After(time.Until(at)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// afterError returns the token to poll on with after an error, which is empty when the
// deletion has ended. An error that only says that the time is over is dropped.
func (p *deletionPoll) afterError(ctx context.Context, err error) (next string, _ error) {
	e, _ := errors.AsType[*dsr.Error](err)
	timeIsOver := errors.Is(ctx.Err(), context.DeadlineExceeded)
	ended := e.Class == dsr.Permanent || e.Reason == dsr.ReasonConflict

	switch {
	case timeIsOver:
		return p.token, nil
	case ended:
		return "", err
	case e.RetryAfter > 0 && !p.poller.Done():
		if err := p.pause(e.RetryAfter); err != nil {
			return "", err
		}
	}

	return p.token, err
}
