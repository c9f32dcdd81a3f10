package azureml

import (
	"context"
	"errors"
	"net/http"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/retryafter"
	"azureml-dsr/internal/upstream"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// The pauses between two questions where the upstream asks for none, and the
// shortest that it may ask for.
const (
	firstPause    = 2 * time.Second
	longestPause  = 30 * time.Second
	shortestPause = time.Second
)

// askRoom is kept free before a deadline, for the last question's answer and
// for what the caller does with the token.
const askRoom = 5 * time.Second

// Await asks after a deletion that answered 202 until it is done, has failed,
// or the next question doesn't fit before ctx's deadline. call is the one that
// Delete had, token its token or an earlier next. Without a deadline it stays
// until the end. done is what the upstream says at a link that an answer or a
// token gave; only reading the thing proves that it is gone.
//
// While the deletion may still go on, next is the token to ask on with, at
// ResumeAt or later: without an error when only the time was too short, beside
// a throttled or a transient one, and when ctx was given up.
//
// When next is empty the deletion has ended. One that failed is a permanent
// Refused with the upstream's code; one that the upstream no longer knows of a
// permanent TargetNotFound with status 404: only reading the thing tells then.
// A Conflict is as Delete's: only another Delete can help.
func (c *Client) Await(ctx context.Context, call Call, token string) (done bool, next string, err error) {
	d, _, scope, err := c.resolveDeletion(call)
	if err != nil {
		return false, "", err
	}
	o, err := c.resume(d.ID, token)
	if err != nil {
		return false, "", err
	}
	scope.Poll = true
	ctx = upstream.WithScope(ctx, scope)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		if !fits(ctx, o.notBefore) {
			return false, o.token, nil
		}
		select {
		case <-time.After(time.Until(o.notBefore)):
		case <-ctx.Done():
			return false, o.token, upstream.Failed(ctx, d.ID, ctx.Err())
		}
		start := time.Now()
		done, err := o.ask(ctx, pause)
		c.log(ctx, d.ID, time.Since(start), err)
		switch {
		case done:
			return true, "", nil
		case err != nil:
			next, err := o.after(ctx, err)
			return false, next, err
		}
	}
}

// fits says whether there is room before the deadline for a question at a time.
func fits(ctx context.Context, at time.Time) bool {
	deadline, bounded := ctx.Deadline()
	return !bounded || max(time.Until(at), 0)+askRoom <= time.Until(deadline)
}

// ask asks once and settles when to ask again.
func (o *operation) ask(ctx context.Context, pause time.Duration) (done bool, err error) {
	resp, err := o.poller.Poll(ctx) //nolint:bodyclose // pollPolicy has closed it
	if err == nil && o.poller.Done() {
		if _, err = o.poller.Result(ctx); err == nil {
			return true, nil
		}
	}
	if err != nil {
		return false, failedOperation(o.id, err)
	}
	if resp.StatusCode >= http.StatusBadRequest { // azcore would go on after these
		return false, refusedDeletion(o.id, resp)
	}
	if asked, _ := retryafter.Read(resp.Header, time.Now()); asked > 0 {
		pause = max(asked, shortestPause)
	}
	if err := o.rest(pause); err != nil {
		return false, err
	}
	return false, nil
}

// after says what an error leaves to be done.
func (o *operation) after(ctx context.Context, err error) (string, error) {
	e, _ := errors.AsType[*dsr.Error](err)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return o.token, nil // the time was too short
	case e.Class == dsr.Permanent || e.Reason == dsr.ReasonConflict:
		return "", err
	case e.RetryAfter > 0 && !o.poller.Done():
		if err := o.rest(e.RetryAfter); err != nil {
			return "", err
		}
	}
	return o.token, err
}

// failedOperation classifies what azcore's poller reports: the pipeline's own
// errors, a refused call, an answer that it can't read, or, by an answer with a
// status of success, that the operation failed.
func failedOperation(id string, err error) *dsr.Error {
	if e, ok := errors.AsType[*dsr.Error](err); ok {
		return e
	}
	refused, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok {
		return unknownState(id)
	}
	e := refusedDeletion(id, refused.RawResponse)
	if e.Status < http.StatusMultipleChoices {
		e.Class, e.Reason, e.Code = dsr.Permanent, dsr.ReasonRefused, upstream.ErrorCode(refused.RawResponse.Body)
		e.Message = id + ": the deletion began and failed"
		if e.Code != "" {
			e.Message += " (code " + e.Code + ")"
		}
	}
	return e
}
