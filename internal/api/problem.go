package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// problem is an error answer of RFC 9457.
type problem struct {
	Type     string       `json:"type"`
	Title    string       `json:"title"`
	Status   int          `json:"status"`
	Detail   string       `json:"detail"`
	Instance string       `json:"instance"`
	Code     string       `json:"code"`
	Errors   []fieldFault `json:"errors,omitempty"`

	retryAfter time.Duration
}

// fieldFault is what is wrong with one member of a body, or one parameter.
type fieldFault struct {
	Field   string `json:"field"` // a JSON pointer or a name; "" where no single one is wrong
	Message string `json:"message"`
}

// Error returns the problem's detail.
func (p *problem) Error() string { return p.Code + ": " + p.Detail }

// headerCode repeats the code of an error, where clients of Azure look for it.
const headerCode = "x-ms-error-code"

// fail answers with an error and returns its status. What went wrong inside is logged, and
// not told.
func (s *server) fail(w http.ResponseWriter, r *http.Request, to route, err error) int {
	p := problemOf(err, to)
	if p.Status >= http.StatusInternalServerError && p.Code != codeAuthenticationOff && p.Code != codeBusy && r.Context().Err() == nil {
		s.Logger.ErrorContext(r.Context(), "a request by HTTP failed", "operation", to.id, "requestId", loggedID(r), "error", dsr.WithoutNames(err.Error()))
	}

	p.Type, p.Instance = "urn:azureml-dsr:problem:"+p.Code, r.URL.Path
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", seconds(p.retryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.Header().Set(headerCode, p.Code)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Del("Operation-Location")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // fails only when the caller has gone

	return p.Status
}

// problemOf returns how an error is told.
func problemOf(err error, to route) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		told := *p
		return &told
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problemOf(tooLong(e.Limit), to)
	}
	if e, ok := errors.AsType[*operator.Error](err); ok {
		return problemOfOperator(e, to)
	}

	switch class := dsr.ClassOf(err); {
	case class == dsr.Permanent && to.refused != "":
		return &problem{Status: http.StatusConflict, Code: to.refused, Detail: dsr.WithoutNames(err.Error())}
	case class == dsr.Throttled, class == dsr.Transient, dsr.OfQueue(err):
		return &problem{
			Status:     http.StatusServiceUnavailable,
			Code:       "Unavailable",
			Detail:     "storage or Service Bus did not answer as it should; try again, and see /api/health",
			retryAfter: pollAfter,
		}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &problem{
			Status:     http.StatusServiceUnavailable,
			Code:       "TimedOut",
			Detail:     "this took too long for an answer; try again, or use the command line",
			retryAfter: pollAfter,
		}
	default:
		return &problem{
			Status: http.StatusInternalServerError,
			Code:   "InternalError",
			Detail: "the worker failed; its log has the reason",
		}
	}
}

// problemOfOperator returns how a definite negative answer is told.
func problemOfOperator(e *operator.Error, to route) *problem {
	switch e.Kind {
	case operator.NotFound:
		return &problem{Status: http.StatusNotFound, Code: "NotFound", Detail: e.Error()}
	case operator.Refused:
		code := to.refused
		if code == "" {
			code = "Conflict"
		}
		return &problem{Status: http.StatusConflict, Code: code, Detail: e.Error()}
	default:
		return invalidInput(e.Field, e.Error())
	}
}

func invalidInput(field, detail string) *problem {
	return &problem{
		Status: http.StatusBadRequest,
		Code:   "InvalidInput",
		Detail: detail,
		Errors: []fieldFault{{Field: field, Message: detail}},
	}
}

func tooLong(limit int64) *problem {
	return &problem{
		Status: http.StatusRequestEntityTooLarge,
		Code:   "BodyTooLong",
		Detail: fmt.Sprintf("the body is longer than %d bytes", limit),
	}
}

func tooMany(wait time.Duration) *problem {
	return &problem{
		Status:     http.StatusTooManyRequests,
		Code:       "TooManyRequests",
		Detail:     "you send more requests than one client may; Retry-After says when to go on",
		retryAfter: wait,
	}
}

func busy(detail string) *problem {
	return &problem{
		Status:     http.StatusServiceUnavailable,
		Code:       codeBusy,
		Detail:     detail,
		retryAfter: pollAfter,
	}
}

// seconds returns a duration as Retry-After wants it: whole seconds, at least one.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}
