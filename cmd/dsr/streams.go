package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"
)

// streams are where a command reads and writes.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
	// IsTerminal says that Out is a terminal: only there may a command draw.
	IsTerminal bool
	// CanAsk says that In is a terminal: only there may a command ask.
	CanAsk bool
}

// cli is what every command gets from outside.
type cli struct {
	streams
	env func(name string) (string, bool) // the environment
	now func() time.Time
}

// systemApp is the app of a real process.
func systemApp() *cli {
	return &cli{
		streams: streams{
			In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
			IsTerminal: term.IsTerminal(int(os.Stdout.Fd())), CanAsk: term.IsTerminal(int(os.Stdin.Fd())),
		},
		env: os.LookupEnv,
		now: time.Now,
	}
}

// interruptible gives a context that ends with the first Ctrl-C or SIGTERM. A
// second one ends the process at once, as it would without us.
func interruptible() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}
