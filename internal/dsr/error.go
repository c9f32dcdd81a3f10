package dsr

import (
	"errors"
	"fmt"
	"time"
)

// Class says what may be done about an error. It is decided once, where the
// error enters the process; everything further in only reads it.
type Class uint8

const (
	// Unclear is the zero class: nothing is known, so nothing is promised. The
	// invocation fails and the message is delivered again.
	Unclear Class = iota
	// Throttled means "later": the other side asked for a pause.
	Throttled
	// Transient means that a few quick retries did not help but a later one may.
	Transient
	// Permanent means that no retry can help.
	Permanent
	// NoTask means that the message is no task: unreadable, or named by nothing
	// that is stored.
	NoTask
	// Unfinished means that the work went well but one invocation was too short.
	Unfinished
)

// String names the class as logs and hop records do.
func (c Class) String() string {
	switch c {
	case Throttled:
		return "throttled"
	case Transient:
		return "transient"
	case Permanent:
		return "permanent"
	case NoTask:
		return "noTask"
	case Unfinished:
		return "unfinished"
	default:
		return "unclear"
	}
}

// Reasons that stand in receipts, page records and dead-letter messages. The
// list is short on purpose: operators and scripts switch on it.
const (
	ReasonInvalidRequest       = "InvalidRequest"
	ReasonUnsupportedEventType = "UnsupportedEventType"
	ReasonConflictingRequest   = "ConflictingRequest"
	ReasonScopeNotAllowed      = "ScopeNotAllowed"
	ReasonDeletesDisabled      = "DeletesDisabled"
	ReasonUnknownTask          = "UnknownTask"
	ReasonTransient            = "Transient"
	ReasonThrottled            = "Throttled"
	ReasonConflict             = "Conflict"
	ReasonCrashed              = "Crashed"
	ReasonTargetNotFound       = "TargetNotFound"
	ReasonForbidden            = "Forbidden"
	ReasonRefused              = "Refused"
	ReasonForeignLink          = "ForeignLink"
	ReasonRedirect             = "Redirect"
	ReasonMalformedAnswer      = "MalformedAnswer"
	ReasonCursorExpired        = "CursorExpired"
	ReasonNotRetried           = "NotRetried"
	ReasonCanceled             = "Canceled"
	ReasonConfirmationMissing  = "ConfirmationMissing"
	ReasonInventoryFailed      = "InventoryFailed"
	ReasonOthers               = "OthersNotAcknowledged"
	ReasonHeld                 = "Held"
	ReasonNotAsPlanned         = "NotAsPlanned"
	ReasonGrownSincePlan       = "GrownSincePlan"
	ReasonDependencyFailed     = "DependencyFailed"
	ReasonNotApproved          = "NotApproved"
	ReasonInvalidApproval      = "InvalidApproval"
	ReasonUnconfirmed          = "Unconfirmed"
	ReasonChanged              = "Changed"
	ReasonSoftDeleted          = "SoftDeleted"
	ReasonRecordTooLong        = "RecordTooLong"
	ReasonSubjectMissing       = "SubjectMissing"
)

// Error is an error with the class that decides what happens next.
type Error struct {
	Class  Class
	Reason string // one of the Reason constants; empty reads as the class
	// Message is for people: our own words, nothing personal, fit for a
	// dead-letter description or a manifest.
	Message string
	// RetryAfter is the pause the other side asked for; zero means that it named
	// none. Only for Throttled, and for Unfinished with a Token.
	RetryAfter time.Duration
	// Status and Code are the upstream's HTTP status and error code, 0 and ""
	// when it did not answer.
	Status int
	Code   string
	// Queue is the queue that could not be used, "" where it was not Service Bus
	// that failed.
	Queue string
	// UpstreamRequestID is what the upstream calls the failed call, for its support.
	UpstreamRequestID string
	// Progress counts the blocks that an Unfinished task staged or committed, or the
	// blobs that it removed.
	Progress int
	// Token is what an Unfinished task goes on with, besides what is stored.
	Token string
	// Err is the cause, for the operator's log; it never leaves the process.
	Err error
}

// Error returns the message for people, without the cause.
func (e *Error) Error() string {
	switch {
	case e.Message != "" && e.Reason != "":
		return e.Reason + ": " + e.Message
	case e.Message != "":
		return e.Message
	case e.Reason != "":
		return e.Reason
	default:
		return e.Class.String() + " error"
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error of a class and reason with a message for people.
func Errorf(class Class, reason, format string, args ...any) *Error {
	return &Error{Class: class, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// ClassOf returns an error's class; an error without one is Unclear.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Unclear
}

// ReasonOf returns an error's reason, or its class where it has none.
func ReasonOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Reason != "" {
		return e.Reason
	}
	return ClassOf(err).String()
}

// StatusOf returns the upstream's HTTP status that caused err, 0 for none.
func StatusOf(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return 0
}

// OfQueue reports whether Service Bus itself failed: it was busy, away or refused
// access. Such a failure says nothing of what a message asks for, and what would be
// sent because of it would take the same way.
func OfQueue(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Queue != ""
}
