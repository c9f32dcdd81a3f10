package main

import (
	"strings"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

func newDLQCmd(e *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dlq",
		Short: "Look at dead letters, send them again or remove them",
		Long: `Dead letters are messages that the worker could not use. Requests that were
refused are in the dead-letter queue of dsr-requests, each with a reason, and
approvals in that of dsr-approvals. That of dsr-callbacks has what a receiver could
not be told, and that of dsr-copies which copies for a person could not be made.
Messages that are no task are parked as blobs; here that queue is called poison.
What is dead in dsr-exports, dsr-deletes and dsr-closings the worker looks after
itself.

To look locks nothing. What a body tells of the person is shown as *** unless you
ask with --reveal.`,
		Example: "  dsr dlq list\n  dsr dlq show 3\n  dsr dlq resubmit 3\n  dsr dlq list poison",
	}

	cli.Group(cmd)
	cmd.AddCommand(newDLQListCmd(e), newDLQShowCmd(e), newDLQResubmitCmd(e), newDLQParkCmd(e), newDLQPurgeCmd(e))
	return cmd
}

// withDeadQueue is withOperator for work on the dead letters of a queue, whose name it
// checks first.
func withDeadQueue(e *cli.Env, file, queue string, work func(*operator.Operator) error) error {
	if err := operator.CheckDeadQueue(queue); err != nil {
		return err
	}
	return withOperator(e, file, work)
}

// addDead adds the row of a dead letter.
func addDead(t *cli.Table, d operator.DeadLetter) {
	t.Row(
		cli.Plain("SEQUENCE", d.Sequence),
		cli.Plain("REQUEST", cli.OrDash(d.RequestID)),
		cli.Plain("REASON", cli.OrDash(cli.OneLine(d.Reason))),
		cli.Named("age", d.Age),
		cli.Plain("DESCRIPTION", cli.OrDash(cli.OneLine(d.Description))),
	)
}

// completeQueues completes the names of queues in the shell.
func completeQueues(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return operator.DeadQueues(), cobra.ShellCompDirectiveNoFileComp
}

// queueFlag adds --queue.
func queueFlag(cmd *cobra.Command, queue *string) {
	cmd.Flags().StringVar(queue, "queue", dsr.QueueRequests, "where the dead letters are: "+strings.Join(operator.DeadQueues(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("queue", completeQueues) // fails only for an unknown flag
}
