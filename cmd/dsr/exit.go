package main

import (
	"azureml-dsr/internal/config"
	"errors"
	"fmt"
)

// Exit codes of every command. The handler has one of its own: see
// exitRestart.
const (
	exitDone     = 0
	exitFailed   = 1 // something went wrong
	exitUsage    = 2 // wrong usage or settings
	exitNotGood  = 3 // answered, but the answer is not good
	exitNotFound = 4
)

// exitError is an error that says how the process is to end. Without an err
// there is nothing to print.
type exitError struct {
	code int
	err  error
}

// Error gives the text that the person at the terminal sees.
func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

// Unwrap gives the cause.
func (e *exitError) Unwrap() error { return e.err }

func failed(err error) error   { return &exitError{exitFailed, err} }
func usage(err error) error    { return &exitError{exitUsage, err} }
func notGood(err error) error  { return &exitError{exitNotGood, err} }
func notFound(err error) error { return &exitError{exitNotFound, err} }

// exitCode is the one place that turns an error into an exit code.
func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.code
	}
	if _, ok := errors.AsType[config.Error](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*config.SourceError](err); ok {
		return exitUsage
	}
	return exitFailed
}
