package servicebus

import "azureml-dsr/test/emulator/servicebus/wire"

// Conditions that clients act on. An unknown one makes the Go client build a
// new connection, so each must be spelt as the clients know it
// (azservicebus internal/errors.go).
const (
	condDecode         wire.Symbol = "amqp:decode-error"
	condFraming        wire.Symbol = "amqp:connection:framing-error"
	condHandleInUse    wire.Symbol = "amqp:session:handle-in-use"
	condLockLost       wire.Symbol = "com.microsoft:message-lock-lost"
	condMessageSize    wire.Symbol = "amqp:link:message-size-exceeded"
	condNotAllowed     wire.Symbol = "amqp:not-allowed"
	condNotFound       wire.Symbol = "amqp:not-found"
	condNotImplemented wire.Symbol = "amqp:not-implemented"
	condServerBusy     wire.Symbol = "com.microsoft:server-busy"
	condResourceLimit  wire.Symbol = "amqp:resource-limit-exceeded"
	condTransferLimit  wire.Symbol = "amqp:link:transfer-limit-exceeded"
	condUnauthorized   wire.Symbol = "amqp:unauthorized-access"
	condUnattached     wire.Symbol = "amqp:session:unattached-handle"
	condWindow         wire.Symbol = "amqp:session:window-violation"
)

// connError ends the connection, sessionError the session. A link's error is no
// Go error: the link is detached with it at once.
type (
	connError    struct{ cause *wire.Error }
	sessionError struct{ cause *wire.Error }
)

func (e *connError) Error() string    { return "connection refused: " + e.cause.Error() }
func (e *sessionError) Error() string { return "session refused: " + e.cause.Error() }

func connFault(cond wire.Symbol, text string) error { return &connError{fault(cond, text)} }

func sessionFault(cond wire.Symbol, text string) error { return &sessionError{fault(cond, text)} }

func fault(cond wire.Symbol, text string) *wire.Error {
	return &wire.Error{Condition: cond, Description: text}
}

// busy returns the error of a busy entity. Clients wait and try again.
func busy() *wire.Error {
	return fault(condServerBusy, "The request was terminated because the entity is being throttled.")
}

// textLockLost is Azure's description of a lost lock, on links and in answers.
const textLockLost = "The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue."
