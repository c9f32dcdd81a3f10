package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"azureml-dsr/internal/config"
)

// Streams are what a command reads from and writes to.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// IsTerminal means that Out is a terminal. Only there may a command draw.
	IsTerminal bool
	// Columns is the width of the terminal. 0 stands for 80.
	Columns int
	// CanAsk means that In is a terminal. Only there may a command ask.
	CanAsk bool
}

// Env is the environment of a command: its streams, variables and clock.
type Env struct {
	Streams
	Lookup config.Lookup // the environment's variables
	Now    func() time.Time
	// User is the account that runs the command, "" where it is not known.
	User string
	// JSON means that the command line asks for JSON. Run sets it.
	JSON bool
}

// SystemEnv returns the environment of this process.
func SystemEnv() *Env {
	return &Env{
		Streams: Streams{
			In:         os.Stdin,
			Out:        os.Stdout,
			Err:        os.Stderr,
			IsTerminal: term.IsTerminal(int(os.Stdout.Fd())),
			Columns:    columnsOf(os.Stdout),
			CanAsk:     term.IsTerminal(int(os.Stdin.Fd())),
		},
		Lookup: os.LookupEnv,
		Now:    time.Now,
		User:   userName(),
	}
}

// columnsOf returns the width of a terminal, 0 for what is none.
func columnsOf(f *os.File) int {
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// userName returns the name of the account that runs this process. A command that needs no
// name works without it.
func userName() string {
	account, err := user.Current()
	if err != nil {
		return ""
	}
	return account.Username
}

// Say writes formatted text to Out.
func (e *Env) Say(format string, args ...any) error {
	if _, err := fmt.Fprintf(e.Out, format, args...); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

// Confirm asks a question on Err and reports whether the answer from In is yes. The end of
// ctx is a no.
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
