package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

// extendOptions are what the command line of `dsr extend` says.
type extendOptions struct {
	id     string
	until  string
	reason string
	json   bool
}

func newExtendCmd(a *cli) *cobra.Command {
	var o extendOptions
	cmd := &cobra.Command{
		Use:   "extend ID --until DATE --reason TEXT",
		Short: "Extend a request's deadline, once, by at most two months",
		Long: `Records that a request's deadline is extended: GDPR article 12(3) allows it once,
by two further months at most, and the person is to be told of it and of the
reasons within the first month. So it is refused after the first deadline, a
second time, and for a request that succeeded or was canceled.

--until is a date (2027-01-23, at the deadline's own time of day) or a time
(2027-01-23T10:00:00Z). --reason is kept with the evidence, which may be
immutable, and stands in the manifest: put no names in it.`,
		Example: "  dsr extend 3f0c6f0e-77aa --until 2027-01-23 --reason \"three subscriptions, 4 million runs\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.id = args[0]
			if _, err := parseUntil(o.until, time.Time{}); err != nil {
				return usage(err)
			}
			if strings.TrimSpace(o.reason) == "" {
				return usage(errors.New("--reason is missing: article 12(3) wants the reasons named"))
			}
			if len(o.reason) > maxReason {
				return usage(fmt.Errorf("--reason is longer than %d bytes", maxReason))
			}
			c, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Close()) }()
			return runExtend(cmd.Context(), a, c, o)
		},
	}
	cmd.Flags().StringVar(&o.until, "until", "", "the new deadline, a date or a time")
	cmd.Flags().StringVar(&o.reason, "reason", "", "why, for the record")
	cmd.Flags().BoolVar(&o.json, "json", false, "print the record as JSON instead of text")
	return cmd
}

// parseUntil reads a new deadline: a time, or a date, which has the time of day of
// the one that it replaces.
func parseUntil(text string, due time.Time) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UTC(), nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, errors.New("--until: want a date such as 2027-01-23, or a time such as 2027-01-23T10:00:00Z")
	}
	due = due.UTC()
	return day.Add(due.Sub(due.Truncate(24 * time.Hour))), nil
}

func runExtend(ctx context.Context, a *cli, c *config.Connections, o extendOptions) error {
	latest, err := latestAttempt(ctx, c, o.id)
	if err != nil {
		return err
	}
	request, found, err := c.Ledger.Request(ctx, o.id)
	if err != nil {
		return err
	}
	if !found {
		return failed(fmt.Errorf("request %s is not recorded yet; try again in a moment", o.id))
	}
	until, err := parseUntil(o.until, request.DueAt)
	if err != nil {
		return usage(err)
	}
	if err := mayExtend(ctx, a, c, latest, request.DueAt, until); err != nil {
		return err
	}
	order := dsr.Extension{RequestID: o.id, DueAt: request.DueAt, Until: until, Reason: o.reason, ExtendedAt: a.now().UTC()}
	stored, err := c.Ledger.RecordExtension(ctx, order)
	if err != nil {
		return err
	}
	if !stored.ExtendedAt.Equal(order.ExtendedAt) { // another one was quicker
		return extendedAlready(stored)
	}
	if o.json {
		return json.NewEncoder(a.Out).Encode(stored)
	}
	return a.say("Request %s is due by %s, extended from %s.\nTell the person so, with the reasons, before %s.\n", o.id,
		stored.Until.Format(time.RFC3339), request.DueAt.UTC().Format(time.RFC3339), request.DueAt.UTC().Format(time.RFC3339))
}

func mayExtend(ctx context.Context, a *cli, c *config.Connections, latest dsr.Attempt, due, until time.Time) error {
	manifest, _, closed, err := c.Ledger.Manifest(ctx, latest)
	if err != nil {
		return err
	}
	before, _, extended, err := c.Ledger.Extension(ctx, latest.RequestID)
	if err != nil {
		return err
	}
	most := dsr.MaxExtension(due)
	switch {
	case extended:
		return extendedAlready(before)
	case closed && (manifest.Status == dsr.StatusSucceeded || manifest.Status == dsr.StatusCanceled):
		return failed(fmt.Errorf("request %s is closed as %s; there is nothing left to extend", latest.RequestID, manifest.Status))
	case a.now().After(due):
		return failed(fmt.Errorf("request %s was due on %s; a deadline can be extended only before it has passed", latest.RequestID, due.UTC().Format(time.RFC3339)))
	case !until.After(due):
		return usage(fmt.Errorf("--until is not after the deadline, %s", due.UTC().Format(time.RFC3339)))
	case until.After(most):
		return usage(fmt.Errorf("--until is more than two months after the deadline; the latest is %s", most.UTC().Format(time.RFC3339)))
	}
	return nil
}

func extendedAlready(e dsr.Extension) error {
	return failed(fmt.Errorf("request %s was extended already, until %s; a deadline is extended once", e.RequestID, e.Until.UTC().Format(time.RFC3339)))
}
