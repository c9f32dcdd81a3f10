package bus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"github.com/Azure/go-amqp"

	"azureml-dsr/internal/dsr"
)

// busyPause is the wait that Service Bus recommends after a busy answer.
const busyPause = 10 * time.Second

// Conditions that go-amqp has no name for.
const (
	condServerBusy     amqp.ErrCond = "com.microsoft:server-busy"
	condTimeout        amqp.ErrCond = "com.microsoft:timeout"
	condEntityDisabled amqp.ErrCond = "com.microsoft:entity-disabled"
)

// classify is the one place that decides what a failure of Service Bus means. Only
// a message that is too large is permanent: a role that is missing today must not
// fail a person's request for good. The library's error texts are dropped because
// they may quote data.
func classify(ctx context.Context, doing, queue string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s %s: %w", doing, queue, ctx.Err())
	}

	out := &dsr.Error{Err: cause(err)}
	what := ""
	switch {
	case errors.Is(err, azservicebus.ErrMessageTooLarge) || condition(err) == amqp.ErrCondMessageSizeExceeded:
		out.Class, out.Reason = dsr.Permanent, dsr.ReasonRefused
		what = "the message is larger than the queue takes"
	case codeOf(err) == azservicebus.CodeLockLost:
		out.Class = dsr.Unclear
		what = "the lock was lost, and the message is settled already or comes again"
	default:
		out.Queue = queue
		out.Class, what = failure(err)
		out.Reason = dsr.ReasonTransient
	}
	if out.Class == dsr.Throttled {
		out.Reason, out.RetryAfter = dsr.ReasonThrottled, busyPause
	}

	out.Message = fmt.Sprintf("%s %s: %s", doing, queue, what)
	return out
}

// failure returns the class of a failure of Service Bus itself, and a text that names
// the fault and its remedy.
func failure(err error) (dsr.Class, string) {
	cond, code, status := condition(err), codeOf(err), statusOf(err)
	switch {
	case cond == condServerBusy || status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests:
		return dsr.Throttled, "Service Bus is busy"
	case cond == amqp.ErrCondResourceLimitExceeded:
		return dsr.Throttled, "the queue is full"
	case code == azservicebus.CodeUnauthorizedAccess || cond == amqp.ErrCondUnauthorizedAccess:
		return dsr.Transient, "Service Bus refuses access; grant this identity Azure Service Bus Data Sender and Data Receiver on the queue"
	case code == azservicebus.CodeNotFound || cond == amqp.ErrCondNotFound:
		return dsr.Transient, "there is no such queue; create it as deploy/servicebus.config.json describes it"
	case cond == condEntityDisabled:
		return dsr.Transient, "the queue is disabled; set its status to active"
	case code == azservicebus.CodeTimeout || cond == condTimeout || status == http.StatusRequestTimeout:
		return dsr.Transient, "Service Bus did not answer in time"
	default:
		return dsr.Transient, "the connection to Service Bus failed"
	}
}

// cause returns the error to wrap. A timeout inside the client must not look like
// the caller's deadline.
func cause(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errors.New("a try took too long")
	}
	return err
}

// condition returns the AMQP condition that Service Bus named, or "".
func condition(err error) amqp.ErrCond {
	if e, ok := errors.AsType[*amqp.Error](err); ok {
		return e.Condition
	}
	return ""
}

// codeOf returns the code of an error of azservicebus, or "". Such an error hides the
// AMQP condition.
func codeOf(err error) azservicebus.Code {
	if e, ok := errors.AsType[*azservicebus.Error](err); ok {
		return e.Code
	}
	return ""
}

// refusal is an answer of a $management node for which azservicebus has no code.
type refusal interface {
	error
	RPCCode() int
}

func statusOf(err error) int {
	if e, ok := errors.AsType[refusal](err); ok {
		return e.RPCCode()
	}
	return 0
}

// broken reports whether a link may be unusable after err. azservicebus resets a
// link after some errors only: a link that was detached because Service Bus was
// busy, access was refused or a message was too large keeps returning that error.
func broken(err error) bool {
	if err == nil {
		return false
	}

	_, link := errors.AsType[*amqp.LinkError](err)
	_, session := errors.AsType[*amqp.SessionError](err)
	_, connection := errors.AsType[*amqp.ConnError](err)
	if link || session || connection {
		return true
	}

	// An answer to the request proves that the link works.
	cond := condition(err)
	answered := codeOf(err) == azservicebus.CodeLockLost || statusOf(err) != 0 ||
		cond == condServerBusy || cond == amqp.ErrCondResourceLimitExceeded
	return !answered
}
