package main

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

const (
	// completeTime bounds what a press of the tab key may take.
	completeTime = 3 * time.Second
	// completions is how many ids the shell is shown at most.
	completions = 50
)

// completer completes an argument of a command line in the shell.
type completer = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective)

// lookUp finds what begins with a prefix.
type lookUp func(ctx context.Context, o *operator.Operator, prefix string, most int) ([]string, error)

// openIDs finds the ids of open requests.
func openIDs(ctx context.Context, o *operator.Operator, prefix string, most int) ([]string, error) {
	return o.IDs(ctx, prefix, true, most)
}

// allIDs finds the ids of all requests.
func allIDs(ctx context.Context, o *operator.Operator, prefix string, most int) ([]string, error) {
	return o.IDs(ctx, prefix, false, most)
}

// holdIDs finds the ids of the holds in force.
func holdIDs(ctx context.Context, o *operator.Operator, prefix string, most int) ([]string, error) {
	return o.HoldIDs(ctx, prefix, most)
}

// completing completes the first argument of a command by a look-up. Where that fails it
// completes nothing, because a shell can't show a reason. The arguments after the first are
// completed as rest says.
func completing(e *cli.Env, find lookUp, rest cobra.ShellCompDirective) completer {
	return func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, rest
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completeTime)
		defer cancel()

		quiet := *e
		quiet.Err = io.Discard // the shell shows what is written there between the letters
		var found []string
		_ = withOperator(&quiet, configFile(cmd), func(o *operator.Operator) (err error) {
			found, err = find(ctx, o, prefix, completions)
			return err
		})

		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// completingIDsOrFolders completes ids, and folders where no id begins so.
func completingIDsOrFolders(e *cli.Env) completer {
	ids := completing(e, allIDs, cobra.ShellCompDirectiveNoFileComp)
	return func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		found, directive := ids(cmd, args, prefix)
		if len(args) == 0 && len(found) == 0 {
			return nil, cobra.ShellCompDirectiveFilterDirs
		}
		return found, directive
	}
}

// sequences finds the sequence numbers of the dead letters of the queue that --queue names.
func sequences(queue *string) lookUp {
	return func(ctx context.Context, o *operator.Operator, prefix string, most int) ([]string, error) {
		return o.DeadSequences(ctx, *queue, prefix, most)
	}
}
