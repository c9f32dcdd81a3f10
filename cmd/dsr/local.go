package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
)

// localProgram is the program with the commands that run stand-ins. The program that is
// deployed contains none.
const localProgram = "dsr-local"

// newLocalCmds returns the commands that the local program runs.
func newLocalCmds() []*cobra.Command {
	return []*cobra.Command{
		newLocalCmd("demo", "Run one export on this machine, from request to evidence"),
		newLocalCmd("local", "Run the whole app on this machine"),
		newLocalCmd("broker", "Run the Service Bus broker alone on this machine"),
	}
}

// newLocalCmd returns a command that passes its whole command line to the local program.
func newLocalCmd(name, short string) *cobra.Command {
	return &cobra.Command{
		Use:                name,
		Short:              short,
		DisableFlagParsing: true,
		ValidArgsFunction:  completeLocally,
		RunE: func(_ *cobra.Command, args []string) error {
			program, err := findLocalProgram()
			if err != nil {
				return err
			}
			return become(program, append([]string{name}, args...))
		},
	}
}

// localHelp turns `dsr help demo` into `dsr demo --help`, so that the local program gets
// it too. It returns other command lines unchanged.
func localHelp(args []string) []string {
	isLocal := func(c *cobra.Command) bool { return c.Name() == args[1] }
	if len(args) == 2 && args[0] == "help" && slices.ContainsFunc(newLocalCmds(), isLocal) {
		return []string{args[1], "--help"}
	}
	return args
}

// findLocalProgram finds the local program beside this one, or else in PATH.
func findLocalProgram() (string, error) {
	self, err := os.Executable()
	if err == nil {
		beside := filepath.Join(filepath.Dir(self), localProgram)
		if path, err := exec.LookPath(beside); err == nil {
			return path, nil
		}
	}

	path, err := exec.LookPath(localProgram)
	if err != nil {
		return "", cli.Usage(errors.New("this command is in the program " + localProgram + ", which is neither beside this one nor in PATH; `make build` in the source folder builds both"))
	}

	return path, nil
}

// completeLocally gets completions from the local program. It returns none where that is
// missing or fails, because a shell can't show a reason.
func completeLocally(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	program, err := findLocalProgram()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	line := append([]string{cobra.ShellCompRequestCmd, cmd.Name()}, append(slices.Clone(args), toComplete)...)
	out, err := exec.CommandContext(cmd.Context(), program, line...).Output()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}

	return parseCompletions(out)
}

// parseCompletions parses what cobra prints: a line for each completion, and a last line
// with a colon and the directive.
func parseCompletions(out []byte) ([]cobra.Completion, cobra.ShellCompDirective) {
	lines := strings.Split(string(bytes.TrimSuffix(out, []byte("\n"))), "\n")
	last := len(lines) - 1
	directive, err := strconv.Atoi(strings.TrimPrefix(lines[last], ":"))
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return lines[:last], cobra.ShellCompDirective(directive)
}
