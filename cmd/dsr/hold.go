package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

// holdOptions are what the command lines of `dsr hold` say.
type holdOptions struct {
	what   string
	reason string
	until  string
	all    bool
	json   bool
}

func newHoldCmd(a *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hold",
		Short: "Keep things from being deleted, as litigation may demand",
		Long: `A hold keeps what it is on, and every container of it, from being deleted by any
request. It is on an ARM id or a path below one, and then on all that is in it, or
on the id of one document, such as a run's. Holds are looked up when a deletion is
planned and again right before each DELETE.

Records of holds are only ever added, in the container of the evidence: put no
names into a reason.`,
		Example: "  dsr hold add /subscriptions/…/projects/churn --reason \"case 4711\"\n  dsr hold add run-17 --reason \"case 4711\" --until 2027-06-30\n  dsr hold list\n  dsr hold release 5b2c…",
	}
	cmd.AddCommand(newHoldAddCmd(a), newHoldListCmd(a), newHoldReleaseCmd(a))
	return cmd
}

func newHoldAddCmd(a *cli) *cobra.Command {
	var o holdOptions
	cmd := &cobra.Command{
		Use:     "add SCOPE-OR-ID --reason TEXT",
		Short:   "Put something on hold",
		Long:    "Puts something on hold and prints the id of the hold, by which it is released.",
		Example: "  dsr hold add run-17 --reason \"case 4711\" --until 2027-06-30",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.what = args[0]
			until, err := o.check(a)
			if err != nil {
				return err
			}
			return withConnections(cmd.Context(), a, func(c *config.Connections) error { return runHoldAdd(cmd.Context(), a, c, o, until) })
		},
	}
	cmd.Flags().StringVar(&o.reason, "reason", "", "why, for the record")
	cmd.Flags().StringVar(&o.until, "until", "", "a date after which it ends by itself (default: until it is released)")
	return cmd
}

// check reads what `dsr hold add` is told.
func (o holdOptions) check(a *cli) (until time.Time, err error) {
	switch {
	case strings.TrimSpace(o.what) == "":
		return until, usage(errors.New("SCOPE-OR-ID is empty: name an ARM id, or the id of a document"))
	case strings.TrimSpace(o.reason) == "":
		return until, usage(errors.New("--reason is missing: whoever releases the hold must know it"))
	case len(o.reason) > maxReason:
		return until, usage(fmt.Errorf("--reason is longer than %d bytes", maxReason))
	case o.until == "":
		return until, nil
	}
	if until, err = parseUntil(o.until, time.Time{}); err != nil {
		return until, usage(err)
	}
	if !until.After(a.now()) {
		return until, usage(errors.New("--until is not in the future"))
	}
	return until, nil
}

func runHoldAdd(ctx context.Context, a *cli, c *config.Connections, o holdOptions, until time.Time) error {
	h := dsr.Hold{ID: uuid.NewString(), Number: 1, On: o.what, Reason: o.reason, Until: until, At: a.now().UTC()}
	if _, err := c.Ledger.RecordHold(ctx, h); err != nil {
		return err
	}
	printFields(a.Out, h.ID)
	return nil
}

func newHoldListCmd(a *cli) *cobra.Command {
	var o holdOptions
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List what is on hold",
		Long:    "Lists the holds in force, with --all also those that ended or were released.",
		Example: "  dsr hold list\n  dsr hold list --all --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withConnections(cmd.Context(), a, func(c *config.Connections) error { return runHoldList(cmd.Context(), a, c, o) })
		},
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "also those that are over")
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON instead of lines")
	return cmd
}

func runHoldList(ctx context.Context, a *cli, c *config.Connections, o holdOptions) error {
	holds, err := c.Ledger.Holds(ctx)
	if err != nil {
		return err
	}
	holds = slices.DeleteFunc(holds, func(h dsr.Hold) bool { return !o.all && !h.Holds(a.now()) })
	if o.json {
		return json.NewEncoder(a.Out).Encode(append([]dsr.Hold{}, holds...))
	}
	for _, h := range holds {
		state := "holds"
		switch {
		case h.Released:
			state = "released"
		case !h.Holds(a.now()):
			state = "over"
		}
		until := "-"
		if !h.Until.IsZero() {
			until = h.Until.UTC().Format(time.DateOnly)
		}
		printFields(a.Out, h.ID, state, h.On, "until="+until, oneLine(h.Reason))
	}
	return nil
}

func newHoldReleaseCmd(a *cli) *cobra.Command {
	var o holdOptions
	cmd := &cobra.Command{
		Use:     "release HOLD --reason TEXT",
		Short:   "End a hold",
		Long:    "Ends a hold, named by its id. What it kept isn't deleted by that: `dsr retry` of the request does it.",
		Example: "  dsr hold release 5b2c3f0e-… --reason \"case closed\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.what = args[0]
			if strings.TrimSpace(o.reason) == "" {
				return usage(errors.New("--reason is missing: say why the hold may end"))
			}
			return withConnections(cmd.Context(), a, func(c *config.Connections) error { return runHoldRelease(cmd.Context(), a, c, o) })
		},
	}
	cmd.Flags().StringVar(&o.reason, "reason", "", "why, for the record")
	return cmd
}

func runHoldRelease(ctx context.Context, a *cli, c *config.Connections, o holdOptions) error {
	holds, err := c.Ledger.Holds(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(holds, func(h dsr.Hold) bool { return h.ID == o.what })
	if i < 0 {
		return notFound(fmt.Errorf("there is no hold %s; `dsr hold list` shows them", o.what))
	}
	h := holds[i]
	if h.Released {
		return a.say("Hold %s is released already.\n", h.ID)
	}
	h.Number, h.Released, h.Reason, h.At = h.Number+1, true, o.reason, a.now().UTC()
	stored, err := c.Ledger.RecordHold(ctx, h)
	if err != nil {
		return err
	}
	if !stored.Released {
		return failed(fmt.Errorf("somebody has changed hold %s just now; try again", h.ID))
	}
	return a.say("Hold %s is released.\n", h.ID)
}

// withConnections runs a command's work with the connections of its settings.
func withConnections(ctx context.Context, a *cli, work func(*config.Connections) error) (err error) {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return work(c)
}
