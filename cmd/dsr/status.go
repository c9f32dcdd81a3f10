package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// statusOptions are the argument and flags of `dsr status`.
type statusOptions struct {
	id    string
	watch bool
	json  bool
}

func newStatusCmd(e *cli.Env) *cobra.Command {
	var opts statusOptions
	cmd := &cobra.Command{
		Use:   "status ID",
		Short: "Show how far a request is, and what waits until when",
		Long: `Shows a request's state and deadline, and for each resource type how many tasks
are done, wait, are scheduled for later (with the last of those times) or failed.
States: received, running, awaitingApproval, succeeded, partiallyFailed, failed,
canceled, rejected for what was refused with a reason, and refused for what is only
a dead letter. A line that begins with waitsFor says what an open request waits
for, and the command that helps: a deletion awaits its approval by another person.
Of a closed request it also shows how many of the documents name the subject, what
failed and why, and what the export does not cover. Several attempts have a line
each; the state is that of the request as a whole.

A dead letter with the same id is shown too, and ends the command with exit code 3:
the request that you sent may be that one, and the state that of another.

With --watch it goes on until the request is closed, and then ends with exit
code 0 if it succeeded and 3 if not. Ctrl-C ends it earlier, with 130, and changes
nothing.`,
		Example:           "  dsr status 3f0c6f0e-77aa\n  dsr status 3f0c6f0e-77aa --watch",
		Args:              cli.Args("ID"),
		ValidArgsFunction: completing(e, allIDs, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.id = args[0]
			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
				return runStatus(cmd.Context(), e, o, opts)
			})
		},
	}

	cmd.Flags().BoolVar(&opts.watch, "watch", false, "go on until the request is closed")
	cmd.Flags().BoolVar(&opts.json, "json", false, "print JSON objects instead of lines")

	return cmd
}

func runStatus(ctx context.Context, e *cli.Env, o *operator.Operator, opts statusOptions) error {
	if opts.watch {
		return watchStatus(ctx, e, o, opts)
	}

	s, err := o.Status(ctx, opts.id)
	if err != nil {
		return err
	}
	if err := showStatus(e, s, opts.json); err != nil {
		return err
	}
	return deadIsNotGood(s)
}

// deadIsNotGood is the error of a status with dead letters: what it shows may be about
// another request than the caller's.
func deadIsNotGood(s operator.Status) error {
	i := slices.IndexFunc(s.Dead, func(d operator.DeadNote) bool { return d.Queue == dsr.QueueRequests })
	if i < 0 {
		return nil
	}
	return cli.NotGood(fmt.Errorf("a request with the id %s was refused; this may be the state of another one: `dsr dlq show %s` shows what was refused",
		s.ID, s.Dead[i].Sequence))
}

// showStatus prints a status.
func showStatus(e *cli.Env, s operator.Status, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(e.Out).Encode(s)
	}
	printStatus(e.Streams, s)
	return nil
}
