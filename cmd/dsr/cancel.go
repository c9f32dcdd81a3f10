package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

// maxReason bounds what is kept of a reason, in bytes.
const maxReason = 1000

// cancelOptions are what the command line of `dsr cancel` says.
type cancelOptions struct {
	id     string
	reason string
}

func newCancelCmd(a *cli) *cobra.Command {
	var o cancelOptions
	cmd := &cobra.Command{
		Use:   "cancel ID",
		Short: "Stop a request; its manifest will say that it was canceled",
		Long: `Records that the last attempt of a request is canceled and asks the closer to
look at it. Tasks that have not begun end as canceled, and the manifest says so.
What was exported by then is kept and is in the manifest.

--reason is kept with the evidence, which may be immutable: put no names in it.
To cancel what is canceled already changes nothing; what is closed can't be
canceled any more.`,
		Example: "  dsr cancel 3f0c6f0e-77aa --reason \"withdrawn on 24 November\"\n  dsr status 3f0c6f0e-77aa --watch",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.id = args[0]
			if len(o.reason) > maxReason {
				return usage(fmt.Errorf("--reason is longer than %d bytes", maxReason))
			}
			c, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Close()) }()
			return runCancel(cmd.Context(), a, c, c.Bus, o)
		},
	}
	cmd.Flags().StringVar(&o.reason, "reason", "", "why, for the record")
	return cmd
}

// cancelRecord is the blob whose existence cancels an attempt.
type cancelRecord struct {
	SchemaVersion string    `json:"schemaVersion"`
	RequestID     string    `json:"requestId"`
	Attempt       int       `json:"attempt"`
	At            time.Time `json:"at"`
	Reason        string    `json:"reason"`
}

// cancelQueues is what canceling needs of the queues.
type cancelQueues interface {
	fanout.Queue
	holder
}

func runCancel(ctx context.Context, a *cli, c *config.Connections, queues cancelQueues, o cancelOptions) error {
	attempt, err := latestAttempt(ctx, c, o.id)
	if e, ok := errors.AsType[*exitError](err); ok && e.code == exitNotFound {
		return stillQueued(ctx, queues, o.id, err)
	}
	if err != nil {
		return err
	}
	manifest, _, closed, err := c.Ledger.Manifest(ctx, attempt)
	if err != nil {
		return err
	}
	if closed {
		if manifest.Status != dsr.StatusCanceled {
			return failed(fmt.Errorf("request %s is closed as %s; there is nothing left to cancel", o.id, manifest.Status))
		}
		return a.say("Request %s is canceled and closed already.\n", o.id)
	}
	before, err := c.Ledger.Canceled(ctx, attempt)
	if err != nil {
		return err
	}
	if !before {
		if err := recordCancel(ctx, a, c, attempt, o.reason); err != nil {
			return err
		}
	}
	// Also when it was recorded before: whoever did may not have got here.
	if err := fanout.NewNudger(queues, a.now).Nudge(ctx, attempt); err != nil {
		return fmt.Errorf("attempt %d of request %s is recorded as canceled, but the closer was not told; dsr_watch tells it: %w", attempt.Number, o.id, err)
	}
	return a.say("Attempt %d of request %s is %s. Tasks that have not begun will not;\nthe closer closes it in a moment. `dsr status %s --watch` waits for that.\n",
		attempt.Number, o.id, map[bool]string{true: "canceled already", false: "canceled"}[before], o.id)
}

func recordCancel(ctx context.Context, a *cli, c *config.Connections, attempt dsr.Attempt, reason string) error {
	body, err := json.Marshal(cancelRecord{
		SchemaVersion: dsr.SchemaVersion, RequestID: attempt.RequestID, Attempt: attempt.Number, At: a.now().UTC(), Reason: reason,
	})
	if err != nil {
		return fmt.Errorf("making the record: %w", err)
	}
	if _, err := c.Audit.Create(ctx, attempt.Cancel(), body, nil); err != nil {
		return fmt.Errorf("recording %s: %w", attempt.Cancel(), err)
	}
	return nil
}

// stillQueued says of an unknown request whether it waits in its queue, where
// nothing can be recorded of it yet.
func stillQueued(ctx context.Context, in holder, id string, missing error) error {
	held, err := in.Holds(ctx, dsr.QueueRequests, dsr.PropRequestID, id)
	if err != nil {
		return err
	}
	if held {
		return failed(fmt.Errorf("request %s still waits in %s; cancel it when the worker has taken it", id, dsr.QueueRequests))
	}
	return missing
}
