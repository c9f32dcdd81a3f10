package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/operator"
)

// Run runs one command line of a tree of commands and returns the process's exit code. It
// prints errors itself.
func Run(ctx context.Context, e *Env, root *cobra.Command, args []string) int {
	started := false // an error before any command runs is one of usage
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(e.In)
	root.SetOut(e.Out)
	root.SetErr(e.Err)
	root.SetArgs(append([]string{}, args...)) // nil would mean os.Args
	e.JSON = asksForJSON(args)

	err := root.ExecuteContext(ctx)
	if err != nil && !started {
		err = Usage(err)
	}

	err = unlessInterrupted(ctx, err)
	e.explain(err, !started)

	return ExitCode(err)
}

// asksForJSON reports whether a command line has --json. It is read before the command
// line is parsed, because an error of parsing is one too.
func asksForJSON(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}

// explain prints an error, and with hint how to get help. It prints nothing for an ExitError
// without a cause.
func (e *Env) explain(err error, hint bool) {
	exit, ok := errors.AsType[*ExitError](err)
	if err == nil || (ok && exit.Err == nil) {
		return
	}
	if e.JSON {
		writeJSONError(e.Err, err)
		return
	}

	_, _ = fmt.Fprintln(e.Err, "dsr:", spelled(err)) // nowhere left to complain
	if hint {
		_, _ = fmt.Fprintln(e.Err, "Run `dsr --help` for the commands.")
	}
}

// spelled returns an error's text with the wrong input named as on the command line.
func spelled(err error) string {
	text := err.Error()
	input, ok := errors.AsType[*operator.Error](err)
	if !ok || input.Field == "" {
		return text
	}

	rest, named := strings.CutPrefix(text, input.Field)
	switch {
	case !named:
		return text
	case input.Field == "on": // the argument of `dsr hold add`
		return "SCOPE-OR-ID" + rest
	default:
		return "--" + input.Field + rest
	}
}
