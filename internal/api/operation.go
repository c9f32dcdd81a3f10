package api

import (
	"net/http"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// States of a long-running operation, as Azure's guidelines name them. A client polls until
// one of the last three.
const (
	notStarted = "NotStarted"
	running    = "Running"
	succeeded  = "Succeeded"
	failed     = "Failed"
	canceled   = "Canceled"
)

// pollAfter is when a client should ask again.
const (
	pollAfter   = 5 * time.Second
	pollLater   = 30 * time.Second // what waits for a person or a set time
	maxDetails  = 20
	codePartial = "PartiallyFailed"
)

// operation is a request as a long-running operation.
type operation struct {
	ID     string          `json:"id"`
	Status string          `json:"status"`
	Error  *operationError `json:"error,omitempty"`
}

// operationError says why an operation failed.
type operationError struct {
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Details []operationDetail `json:"details,omitempty"`
}

type operationDetail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target"`
}

// statusBody is the status of a request. Its members status and error are those of the
// operation, where pollers look for them.
type statusBody struct {
	operator.Status
	OperationStatus string          `json:"status"`
	Error           *operationError `json:"error,omitempty"`
	Operation       operation       `json:"operation"`
	Request         *requestNote    `json:"request,omitempty"` // nil: not recorded yet
}

func newStatusBody(s operator.Status) statusBody {
	o := operationOf(s)
	return statusBody{
		Status:          s,
		OperationStatus: o.Status,
		Error:           o.Error,
		Operation:       o,
	}
}

// operationOf maps the state of a request. What has only partly succeeded has failed: a
// client that is told of success does not look for what is missing.
func operationOf(s operator.Status) operation {
	o := operation{ID: s.ID, Status: running}
	switch s.State {
	case operator.StateReceived:
		o.Status = notStarted
	case string(dsr.StatusSucceeded):
		o.Status = succeeded
	case string(dsr.StatusCanceled):
		o.Status = canceled
	case string(dsr.StatusRejected):
		o.Status, o.Error = failed, &operationError{Code: "Rejected", Message: "the request was refused" + because(s.Refusal)}
	case string(dsr.StatusPartiallyFailed):
		o.Status, o.Error = failed, errorOf(codePartial, "some of it failed, and the rest is complete; retry repeats what failed", s)
	case string(dsr.StatusFailed):
		o.Status, o.Error = failed, errorOf("Failed", "all of it failed; retry repeats it", s)
	case operator.StateRefused:
		o.Status, o.Error = failed, refusalOf(s)
	}
	return o
}

// because continues a sentence with the reason of a refusal.
func because(r *dsr.Refusal) string {
	if r == nil {
		return ""
	}
	return ": " + r.Reason
}

func errorOf(code, message string, s operator.Status) *operationError {
	e := &operationError{Code: code, Message: message}
	for _, f := range s.Failures[:min(len(s.Failures), maxDetails)] {
		e.Details = append(e.Details, operationDetail{Code: f.Reason, Message: f.Error, Target: f.Target})
	}
	return e
}

// refusalOf says why a request was never accepted.
func refusalOf(s operator.Status) *operationError {
	for _, d := range s.Dead {
		if d.Queue == dsr.QueueRequests {
			return &operationError{Code: d.Reason, Message: d.Description}
		}
	}
	return &operationError{Code: "Refused", Message: "the worker refused the request"}
}

// isOver reports whether a poller stops.
func (o operation) isOver() bool {
	return o.Status == succeeded || o.Status == failed || o.Status == canceled
}

// answerStatus answers with the status of a request.
func (s *server) answerStatus(w http.ResponseWriter, status int, body statusBody, now time.Time) error {
	if !body.Operation.isOver() {
		w.Header().Set("Retry-After", seconds(nextPoll(body.Status, now)))
	}
	return write(w, status, body)
}

// nextPoll returns when something may have changed.
func nextPoll(s operator.Status, now time.Time) time.Duration {
	if s.State == operator.StateAwaitingApproval {
		return pollLater
	}

	over, all := s.Tasks()
	n, until := s.Scheduled()
	if n > 0 && over+n == all { // nothing else is left to do until then
		return min(max(until.Sub(now), pollAfter), pollLater)
	}

	return pollAfter
}
