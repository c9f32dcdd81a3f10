package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"azureml-dsr/internal/config"
)

// Streams are where a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// IsTerminal says that Out is a terminal: only there may a command draw.
	IsTerminal bool
	// CanAsk says that In is a terminal: only there may a command ask.
	CanAsk bool
}

// Env is what every command gets from outside.
type Env struct {
	Streams
	Lookup config.Lookup // the environment's variables
	Now    func() time.Time
}

// SystemEnv returns the environment of this process.
func SystemEnv() *Env {
	return &Env{
		Streams: Streams{
			In:         os.Stdin,
			Out:        os.Stdout,
			Err:        os.Stderr,
			IsTerminal: term.IsTerminal(int(os.Stdout.Fd())),
			CanAsk:     term.IsTerminal(int(os.Stdin.Fd())),
		},
		Lookup: os.LookupEnv,
		Now:    time.Now,
	}
}

// Interruptible returns a context that ends with the first Ctrl-C or SIGTERM. A
// second one ends the process at once.
func Interruptible() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

// Say writes for the person at the terminal.
func (e *Env) Say(format string, args ...any) error {
	if _, err := fmt.Fprintf(e.Out, format, args...); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

// Confirm asks a question on the terminal, and reports whether the answer is yes.
func (e *Env) Confirm(ctx context.Context, question string) bool {
	_, _ = fmt.Fprint(e.Err, question+" [y/N] ")

	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(e.In).ReadString('\n') // an end of input is a no
		answer <- line
	}()

	select {
	case line := <-answer:
		return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(line)))
	case <-ctx.Done():
		return false
	}
}
