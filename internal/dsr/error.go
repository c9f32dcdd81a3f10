package dsr

import (
	"errors"
	"fmt"
	"time"
)

// Class is what may be done about an error. It is decided once, where the error enters
// the process.
type Class uint8

const (
	// Unclear is the zero class: nothing is known, so nothing is promised. The
	// invocation fails and the message is delivered again.
	Unclear Class = iota
	// Throttled means that the upstream asked for a pause.
	Throttled
	// Transient means that a few quick retries did not help but a later one may.
	Transient
	// Permanent means that no retry can help.
	Permanent
	// NoTask means that the message is no task: it is unreadable, or no stored record
	// names it.
	NoTask
	// Unfinished means that nothing failed, but that one invocation was too short.
	Unfinished
)

// String returns the class as logs and resend records name it.
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

// Reasons in receipts, page records and dead-letter messages. The list is short on
// purpose: operators and scripts switch on it.
const (
	ReasonInvalidRequest       = "InvalidRequest"
	ReasonUnsupportedEventType = "UnsupportedEventType"
	ReasonConflictingRequest   = "ConflictingRequest"
	ReasonScopeNotAllowed      = "ScopeNotAllowed"
	ReasonDeletesDisabled      = "DeletesDisabled"
	ReasonUnknownTask          = "UnknownTask"
	ReasonUndecodable          = "Undecodable"
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
	ReasonLocked               = "Locked"
	ReasonDenyAssignment       = "DenyAssignment"
	ReasonDisallowedByPolicy   = "DisallowedByPolicy"
	ReasonPrivateNetwork       = "PrivateNetwork"
	ReasonRecordTooLong        = "RecordTooLong"
	ReasonSubjectMissing       = "SubjectMissing"
	ReasonCallbackFailed       = "CallbackFailed"
	ReasonCallbackNotAllowed   = "CallbackNotAllowed"
	ReasonCopyFailed           = "CopyFailed"

	ReasonSubjectObjectIDRequired = "SubjectObjectIdRequired"
	ReasonVerificationMissing     = "VerificationMissing"
)

// Error is an error with the class that decides what happens next.
type Error struct {
	Class  Class
	Reason string // one of the Reason constants; "" stands for the class
	// Message is a text of our own for people. It has nothing personal, so it may stand
	// in a dead-letter description or a manifest.
	Message string
	// RetryAfter is the pause that the upstream asked for, zero for none. It is set only
	// for Throttled, and for Unfinished with a Token.
	RetryAfter time.Duration
	// Status and Code are the upstream's HTTP status and error code, 0 and ""
	// when it did not answer.
	Status int
	Code   string
	// Queue is the queue that could not be used; "" where Service Bus did not fail.
	Queue string
	// UpstreamRequestID is the upstream's id of the failed call, for its support.
	UpstreamRequestID string
	// Progress counts the blocks that an Unfinished task staged or committed, or the
	// blobs that it removed.
	Progress int
	// Token is what the next send of an Unfinished task goes on with, besides what is
	// stored.
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

// OfQueue reports whether Service Bus itself failed: it was busy, unreachable or refused
// access. Such a failure says nothing about what a message asks for, and any message
// sent in answer would fail too.
func OfQueue(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Queue != ""
}
