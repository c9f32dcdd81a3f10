package cli

import (
	"errors"
	"fmt"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/operator"
)

// Exit codes of every command.
const (
	ExitDone     = 0
	ExitFailed   = 1 // something went wrong
	ExitUsage    = 2 // wrong usage or settings
	ExitNotGood  = 3 // answered, but the answer is not good
	ExitNotFound = 4
)

// ExitError is an error with the exit code of the process. Without an Err nothing is
// printed.
type ExitError struct {
	Code int
	Err  error
}

// Error returns the text that is printed.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap returns the cause.
func (e *ExitError) Unwrap() error { return e.Err }

// Failed returns an error that ends the process with ExitFailed.
func Failed(err error) error { return &ExitError{ExitFailed, err} }

// Usage returns an error that ends the process with ExitUsage.
func Usage(err error) error { return &ExitError{ExitUsage, err} }

// NotGood returns an error that ends the process with ExitNotGood.
func NotGood(err error) error { return &ExitError{ExitNotGood, err} }

// NotFound returns an error that ends the process with ExitNotFound.
func NotFound(err error) error { return &ExitError{ExitNotFound, err} }

// ExitCode returns the exit code of a process that ends with an error. No other code
// decides it.
func ExitCode(err error) int {
	if err == nil {
		return ExitDone
	}
	if e, ok := errors.AsType[*ExitError](err); ok {
		return e.Code
	}
	if e, ok := errors.AsType[*operator.Error](err); ok {
		return codeOf(e.Kind)
	}
	if _, ok := errors.AsType[config.Error](err); ok {
		return ExitUsage
	}
	if _, ok := errors.AsType[*config.SourceError](err); ok {
		return ExitUsage
	}

	return ExitFailed
}

func codeOf(k operator.Kind) int {
	switch k {
	case operator.Invalid:
		return ExitUsage
	case operator.NotFound:
		return ExitNotFound
	default:
		return ExitFailed
	}
}
