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

// localProgram has the commands that run stand-ins, which this program must not
// contain.
const localProgram = "dsr-local"

// newLocalCmds makes the commands that are handed over to the local program.
func newLocalCmds() []*cobra.Command {
	return []*cobra.Command{
		newLocalCmd("demo", "Run one export on this machine, from request to evidence"),
		newLocalCmd("local", "Run the whole app on this machine"),
		newLocalCmd("broker", "Run the Service Bus broker alone on this machine"),
	}
}

// newLocalCmd makes a command that hands its whole command line over.
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

// localHelp returns a command line in which `dsr help demo` is `dsr demo --help`, so
// that it is handed over too.
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

// completeLocally asks the local program what completes a command line. It offers
// nothing where the program is missing or fails: a shell has no use for the reason.
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

// parseCompletions reads what cobra prints: a line for each completion, and a last one
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
