package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// signalBase is what a shell adds to the number of the signal that ended a command.
const signalBase = 128

// InterruptedError is the cause of a context that a signal has canceled.
type InterruptedError struct{ Signal os.Signal }

// Error names the signal.
func (e *InterruptedError) Error() string { return "stopped by the signal " + e.Signal.String() }

// code returns the exit code of a process that the signal stops.
func (e *InterruptedError) code() int {
	if s, ok := e.Signal.(syscall.Signal); ok {
		return signalBase + int(s)
	}
	return ExitFailed
}

// Interruptible returns a context that is canceled by the first Ctrl-C or SIGTERM, with an
// InterruptedError as its cause. A second signal ends the process at once.
func Interruptible() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)

	go func() {
		s := <-signals
		signal.Stop(signals)
		cancel(&InterruptedError{Signal: s})
	}()

	return ctx
}

// unlessInterrupted returns the error of a command, or of the signal that has stopped it. A
// person who has pressed Ctrl-C knows why nothing came of it, so that error has no text.
func unlessInterrupted(ctx context.Context, err error) error {
	stopped, ok := errors.AsType[*InterruptedError](context.Cause(ctx))
	if ok && err != nil && ExitCode(err) == ExitFailed {
		return &ExitError{Code: stopped.code()}
	}
	return err
}
