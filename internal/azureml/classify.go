package azureml

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// failedCall classifies a call without an answer. id is the row's. The cause is
// kept for the log, without the URL that net/http puts around it.
func failedCall(ctx context.Context, id string, err error) *dsr.Error {
	if ctx.Err() != nil {
		return &dsr.Error{Class: dsr.Unclear, Message: id + ": the call was given up", Err: ctx.Err()}
	}
	if e, ok := errors.AsType[*dsr.Error](err); ok { // from a policy
		named := *e
		named.Message = id + ": " + e.Message
		return &named
	}
	message := id + ": no answer"
	if _, ok := errors.AsType[credentialError](err); ok {
		message = id + ": no token could be got for the call"
	} else if errors.Is(err, errStalled) {
		message = id + ": the answer stalled"
	}
	return &dsr.Error{Class: dsr.Transient, Reason: dsr.ReasonTransient, Message: message, Err: withoutURL(err)}
}

func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// refusedCall classifies an answer that isn't a 200, and closes it.
func refusedCall(id string, hasCursor bool, resp *http.Response) *dsr.Error {
	defer func() { _ = resp.Body.Close() }()
	e := &dsr.Error{Status: resp.StatusCode, UpstreamRequestID: upstreamRequestID(resp.Header)}
	if resp.StatusCode >= http.StatusBadRequest {
		e.Code = errorCode(resp.Body)
	}
	pause, asked := retryAfter(resp.Header, time.Now())
	classify(e, hasCursor, pause, asked)
	e.Message = id + ": " + describe(e)
	return e
}

// classify decides by status, and for cursors by code.
//
// A 401 that a fresh token didn't cure is transient: a new role assignment
// takes minutes. A 404's caller decides whether the thing is gone or was never
// there.
//
// A 503 asks for a pause when it names one, be it one that can't be believed.
func classify(e *dsr.Error, hasCursor bool, pause time.Duration, asked bool) {
	status := e.Status
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && asked:
		e.Class, e.Reason, e.RetryAfter = dsr.Throttled, dsr.ReasonThrottled, pause
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusUnauthorized:
		e.Class, e.Reason = dsr.Transient, dsr.ReasonTransient
	case hasCursor && cursorExpired(status, e.Code):
		e.Class, e.Reason = dsr.Permanent, dsr.ReasonCursorExpired
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

func cursorExpired(status int, code string) bool {
	if status == http.StatusBadRequest || status == http.StatusGone {
		return true
	}
	code = strings.ToLower(code)
	return status >= 400 && (strings.Contains(code, "continuationtoken") || strings.Contains(code, "skiptoken")) &&
		(strings.Contains(code, "expired") || strings.Contains(code, "invalid"))
}

// describe says what happened in our own words; the upstream's text may quote
// names and never goes further.
func describe(e *dsr.Error) string {
	text := map[string]string{
		dsr.ReasonThrottled:       "the upstream asked for a pause",
		dsr.ReasonTransient:       "the upstream failed",
		dsr.ReasonConflict:        "something that depends on it or another change stands in the way",
		dsr.ReasonCursorExpired:   "the upstream no longer knows the list's cursor",
		dsr.ReasonForbidden:       "the upstream refused access",
		dsr.ReasonTargetNotFound:  "the upstream knows no such thing",
		dsr.ReasonRefused:         "the upstream refused the call",
		dsr.ReasonRedirect:        "the upstream answered with a redirect, which is not followed",
		dsr.ReasonMalformedAnswer: "the upstream's answer is of an unknown kind",
	}[e.Reason]
	text += " (status " + strconv.Itoa(e.Status)
	if e.Code != "" {
		text += ", code " + e.Code
	}
	return text + ")"
}

// body classifies what goes wrong while an answer is read.
type body struct {
	io.ReadCloser
	ctx context.Context // the caller's, whose end is no fault of the upstream
	id  string
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	if b.ctx.Err() != nil {
		return n, b.ctx.Err()
	}
	message := b.id + ": the answer broke off"
	if errors.Is(err, errStalled) {
		message = b.id + ": the answer stalled"
	}
	return n, &dsr.Error{Class: dsr.Transient, Reason: dsr.ReasonTransient, Message: message, Err: err}
}
