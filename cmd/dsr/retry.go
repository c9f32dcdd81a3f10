package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

// retryOptions are what the command line of `dsr retry` says.
type retryOptions struct {
	id   string
	only []string
	json bool
}

func newRetryCmd(a *cli) *cobra.Command {
	var o retryOptions
	cmd := &cobra.Command{
		Use:   "retry ID",
		Short: "Do again what failed in a closed request",
		Long: `Orders the next attempt of a request that was closed as partiallyFailed or
failed. It does just what failed: single items, whole lists that broke off, and
targets that could not be found. Its manifest names the one before and carries
the totals of both.

With --only, which may be given more than once, just those resource types are
retried; the manifest then lists the others as NotRetried, and a later
` + "`dsr retry`" + ` can still do them.

A request that is open, succeeded or was canceled can't be retried, nor one whose
documents were removed when their retention was over: send that under a new id.`,
		Example: "  dsr retry 3f0c6f0e-77aa\n  dsr retry 3f0c6f0e-77aa --only runs --only artifacts\n  dsr status 3f0c6f0e-77aa --watch",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.id = args[0]
			c, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Close()) }()
			return runRetry(cmd.Context(), a, c, c.Bus, o)
		},
	}
	cmd.Flags().StringArrayVar(&o.only, "only", nil, "a resource type to retry (default all that failed)")
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON object instead of text")
	return cmd
}

// ordered is what `dsr retry --json` prints.
type ordered struct {
	ID      string   `json:"id"`
	Attempt int      `json:"attempt"`
	Only    []string `json:"only"`
}

func runRetry(ctx context.Context, a *cli, c *config.Connections, queue fanout.Queue, o retryOptions) error {
	latest, err := latestAttempt(ctx, c, o.id)
	if err != nil {
		return err
	}
	slices.Sort(o.only)
	order := dsr.Retry{RequestID: o.id, Attempt: latest.Number + 1, Only: slices.Compact(o.only), RequestedAt: a.now().UTC()}
	_, sum, closed, err := c.Ledger.Manifest(ctx, latest)
	if err != nil {
		return err
	}
	// Ordered, and its message may never have been sent: the same order sends it again.
	_, begun, err := c.Ledger.Plan(ctx, latest)
	if err != nil {
		return err
	}
	if latest.Number > 1 && !closed && !begun {
		latest, order.Attempt = latest.Before(), latest.Number
		if _, sum, closed, err = c.Ledger.Manifest(ctx, latest); err != nil {
			return err
		}
	}
	if !closed {
		return failed(fmt.Errorf("request %s is not closed yet; `dsr status %s --watch` waits for that", o.id, o.id))
	}
	order.Previous.SHA256 = sum
	if err := mayRetry(ctx, c, latest, order.Only); err != nil {
		return err
	}
	if err := sendRetry(ctx, c, queue, order); err != nil {
		return err
	}
	if o.json {
		return json.NewEncoder(a.Out).Encode(ordered{o.id, order.Attempt, append([]string{}, order.Only...)})
	}
	return a.say("Attempt %d of request %s is ordered. `dsr status %s --watch` follows it.\n", order.Attempt, o.id, o.id)
}

// mayRetry tells whether a closed attempt has something that can be retried.
func mayRetry(ctx context.Context, c *config.Connections, a dsr.Attempt, only []string) error {
	m, _, _, err := c.Ledger.Manifest(ctx, a)
	if err != nil {
		return err
	}
	switch m.Status {
	case dsr.StatusSucceeded:
		return failed(fmt.Errorf("nothing failed in attempt %d of request %s", a.Number, a.RequestID))
	case dsr.StatusCanceled:
		return failed(fmt.Errorf("request %s was canceled; send it under a new id", a.RequestID))
	}
	removed, err := c.Ledger.AnyRemoved(ctx, a)
	if err != nil {
		return err
	}
	if removed {
		return failed(fmt.Errorf("the documents of request %s were removed when their retention was over; send it under a new id", a.RequestID))
	}
	if len(only) > 0 && m.Kind != dsr.KindExport {
		return usage(errors.New("--only: what a request deletes is planned and approved as a whole; leave it out"))
	}
	plan, _, err := c.Ledger.Plan(ctx, a)
	if err != nil {
		return err
	}
	var types []string
	for _, t := range newTypes(plan) {
		types = append(types, t.Type)
	}
	for _, typ := range only {
		if !slices.Contains(types, typ) {
			return usage(fmt.Errorf("--only %s: request %s has no such resource type; it has %s", typ, a.RequestID, strings.Join(types, ", ")))
		}
	}
	return nil
}

// sendRetry records the order, then sends the stored request with the number of
// the attempt.
func sendRetry(ctx context.Context, c *config.Connections, queue fanout.Queue, order dsr.Retry) error {
	stored, err := c.Ledger.RecordRetry(ctx, order)
	if err != nil {
		return err
	}
	if !slices.Equal(stored.Only, order.Only) {
		return failed(fmt.Errorf("attempt %d of request %s is ordered already, for %s", order.Attempt, order.RequestID, orAll(stored.Only)))
	}
	request, found, err := c.Ledger.Request(ctx, order.RequestID)
	if err == nil && !found {
		err = fmt.Errorf("request %s is closed and has no record", order.RequestID)
	}
	if err != nil {
		return err
	}
	subject, err := c.Ledger.Subject(ctx, order.RequestID)
	if err != nil {
		return err
	}
	m, err := fanout.RequestMessage(request, subject, dsr.Attempt{RequestID: order.RequestID, Number: order.Attempt})
	if err != nil {
		return err
	}
	if err := queue.Send(ctx, dsr.QueueRequests, m); err != nil {
		return fmt.Errorf("attempt %d of request %s is recorded, but its message was not sent; run the same command again: %w", order.Attempt, order.RequestID, err)
	}
	return nil
}

func orAll(types []string) string {
	if len(types) == 0 {
		return "all types"
	}
	return strings.Join(types, ", ")
}
