package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

// poisonQueue is what the blobs under _poison/ are called among the queues.
const poisonQueue = "poison"

// deadQueues are those whose dead letters can be looked at. What is dead in
// dsr-exports, dsr-deletes and dsr-closings is for the worker to look after.
func deadQueues() []string {
	return []string{dsr.QueueRequests, dsr.QueueApprovals, dsr.QueueExports, dsr.QueueDeletes, dsr.QueueClosings, poisonQueue}
}

// deadLetter is a message that is waiting for a person.
type deadLetter struct {
	Sequence    string    `json:"sequence"` // names it in its queue
	RequestID   string    `json:"requestId"`
	Reason      string    `json:"reason"`
	Age         string    `json:"age"` // as lines show it
	EnqueuedAt  time.Time `json:"enqueuedAt"`
	Description string    `json:"description"`

	messageID string
	body      []byte
}

// deadStore holds dead letters.
type deadStore interface {
	// all gives them in order, locking none.
	all(ctx context.Context) iter.Seq2[deadLetter, error]
	// resubmit sends some again, purge removes some; both tell which they have
	// done. What somebody else holds is left out.
	resubmit(ctx context.Context, sequences []string) (done []string, err error)
	purge(ctx context.Context, sequences []string) (done []string, err error)
}

func newDLQCmd(a *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dlq",
		Short: "Look at dead letters, send them again or remove them",
		Long: `Dead letters are messages that the worker could not use. Requests that were
refused are in the dead-letter queue of dsr-requests, each with a reason, and
approvals in that of dsr-approvals. Messages that are no task are parked as blobs;
here that queue is called poison. What is dead in dsr-exports, dsr-deletes and
dsr-closings the worker looks after itself.

To look locks nothing. What a body tells of the person is shown as *** unless you
ask with --reveal.`,
		Example: "  dsr dlq list\n  dsr dlq show 3\n  dsr dlq resubmit 3\n  dsr dlq list poison",
		Args:    cobra.NoArgs, // else a misspelt command would succeed
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDLQListCmd(a), newDLQShowCmd(a), newDLQResubmitCmd(a), newDLQPurgeCmd(a))
	return cmd
}

// withDead runs a command's work on the dead letters of a queue.
func withDead(ctx context.Context, a *cli, queue string, work func(*config.Connections, deadStore) error) (err error) {
	if !slices.Contains(deadQueues(), queue) {
		return usage(fmt.Errorf("%q is none of %s", queue, strings.Join(deadQueues(), ", ")))
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return work(c, deadIn(c, queue))
}

func deadIn(c *config.Connections, queue string) deadStore {
	if queue == poisonQueue {
		return poison{blobs: c.Index, queues: c.Bus}
	}
	return deadQueue{queues: c.Bus, name: queue}
}

// completeQueues offers the queues to the shell.
func completeQueues(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return deadQueues(), cobra.ShellCompDirectiveNoFileComp
}

// queueFlag adds --queue.
func queueFlag(cmd *cobra.Command, queue *string) {
	cmd.Flags().StringVar(queue, "queue", dsr.QueueRequests, "where the dead letters are: "+strings.Join(deadQueues(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("queue", completeQueues) // fails only when there is no such flag
}
