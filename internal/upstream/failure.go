package upstream

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/meter"
	"azureml-dsr/internal/retryafter"
)

// Failed returns the classified error of a call without an answer. It wraps the cause
// for the log, without the URL that net/http adds.
func Failed(ctx context.Context, label string, err error) *dsr.Error {
	if ctx.Err() != nil {
		return &dsr.Error{Class: dsr.Unclear, Message: label + ": the call was given up", Err: ctx.Err()}
	}
	if e, ok := errors.AsType[*dsr.Error](err); ok { // from a policy
		named := *e
		named.Message = label + ": " + e.Message
		return &named
	}

	message := label + ": no answer"
	if _, ok := errors.AsType[credentialError](err); ok {
		message = label + ": no token could be got for the call"
	} else if errors.Is(err, errStalled) {
		message = label + ": the answer stalled"
	}

	return &dsr.Error{
		Class:   dsr.Transient,
		Reason:  dsr.ReasonTransient,
		Message: message,
		Err:     withoutURL(err),
	}
}

func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// Refused returns the error of an answer that the caller can't use, classified by its
// status, and closes the answer.
func Refused(label string, resp *http.Response) *dsr.Error {
	defer func() { _ = resp.Body.Close() }()
	e := &dsr.Error{Status: resp.StatusCode, UpstreamRequestID: RequestID(resp.Header)}
	if resp.StatusCode >= http.StatusBadRequest {
		e.Code = ErrorCode(resp.Body)
	}

	pause, asked := retryafter.Read(resp.Header, time.Now())
	classify(e, pause, asked)
	Describe(e, label, meaning[e.Reason])
	return e
}

// classify sets class and reason by status. asked reports whether the answer names a
// pause, though perhaps one that can't be believed: a 503 that does is Throttled.
//
// A 401 that a fresh token didn't cure is transient, because a new role assignment
// takes minutes to be known. Of a 404, the caller decides whether the thing is gone or
// was never there.
func classify(e *dsr.Error, pause time.Duration, asked bool) {
	status := e.Status
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && asked:
		e.Class, e.Reason, e.RetryAfter = dsr.Throttled, dsr.ReasonThrottled, pause
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusUnauthorized:
		e.Class, e.Reason = dsr.Transient, dsr.ReasonTransient
	case status == http.StatusForbidden:
		e.Class, e.Reason = dsr.Permanent, dsr.ReasonForbidden
	case status == http.StatusNotFound:
		e.Class, e.Reason = dsr.Permanent, dsr.ReasonTargetNotFound
	case status >= 400:
		e.Class, e.Reason = dsr.Permanent, dsr.ReasonRefused
	case status >= 300:
		e.Class, e.Reason = dsr.Permanent, dsr.ReasonRedirect
	default:
		e.Class, e.Reason = dsr.Permanent, dsr.ReasonMalformedAnswer
	}
}

// meaning is what happened, by reason, in our own words. The upstream's text may quote
// names, so it never goes further.
var meaning = map[string]string{
	dsr.ReasonThrottled:       "the upstream asked for a pause",
	dsr.ReasonTransient:       "the upstream failed",
	dsr.ReasonForbidden:       "the upstream refused access",
	dsr.ReasonTargetNotFound:  "the upstream knows no such thing",
	dsr.ReasonRefused:         "the upstream refused the call",
	dsr.ReasonRedirect:        "the upstream answered with a redirect, which is not followed",
	dsr.ReasonMalformedAnswer: "the upstream's answer is of an unknown kind",
}

// Describe sets an error's message: what happened, and the answer's status and code.
func Describe(e *dsr.Error, label, what string) {
	e.Message = label + ": " + what + " (status " + strconv.Itoa(e.Status)
	if e.Code != "" {
		e.Message += ", code " + e.Code
	}
	e.Message += ")"
}

// body classifies what goes wrong while an answer is read.
type body struct {
	io.ReadCloser
	ctx   context.Context // the caller's, whose end is no fault of the upstream
	label string
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	meter.From(b.ctx).Read(n)
	if err == nil || err == io.EOF {
		return n, err
	}
	if b.ctx.Err() != nil {
		return n, b.ctx.Err()
	}

	message := b.label + ": the answer broke off"
	if errors.Is(err, errStalled) {
		message = b.label + ": the answer stalled"
	}

	return n, &dsr.Error{
		Class:   dsr.Transient,
		Reason:  dsr.ReasonTransient,
		Message: message,
		Err:     err,
	}
}
