package main

import (
	"azureml-dsr/internal/config"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// listOptions are what the command line of `dsr list` says.
type listOptions struct {
	all  bool
	json bool
}

func newListCmd(a *cli) *cobra.Command {
	var o listOptions
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the open requests, the most urgent first",
		Long: `Lists the requests that are not closed, a line each, sorted by their deadline.
What is past it is marked LATE, in red on a terminal.

With --all it also lists the closed ones, each with its last attempt. That looks
through the whole container of the evidence, which takes a while when it is large.`,
		Example: "  dsr list\n  dsr list --all --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			c, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Close()) }()
			return runList(cmd.Context(), a, c, o)
		},
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "list the closed requests too")
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON array instead of lines")
	return cmd
}

// listed is a line of the list.
type listed struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"` // "": not known yet
	Attempt  int    `json:"attempt"`
	State    string `json:"state"`
	Due      moment `json:"due"`
	DaysLeft *int   `json:"daysLeft"` // nil when it is closed, or its deadline isn't known
	Late     bool   `json:"late"`     // open, and past its deadline
}

func runList(ctx context.Context, a *cli, c *config.Connections, o listOptions) error {
	requests, err := readOpen(ctx, c)
	if err != nil {
		return err
	}
	if o.all {
		closed, err := readClosed(ctx, c)
		if err != nil {
			return err
		}
		requests = merge(requests, closed)
	}
	for i := range requests {
		requests[i].count(a.now())
	}
	slices.SortFunc(requests, func(x, y listed) int {
		return cmp.Or(x.Due.Compare(y.Due.Time), cmp.Compare(x.ID, y.ID), cmp.Compare(x.Attempt, y.Attempt))
	})
	if o.json {
		return json.NewEncoder(a.Out).Encode(requests)
	}
	for _, l := range requests {
		l.print(a)
	}
	if len(requests) == 0 {
		_, _ = fmt.Fprintln(a.Err, "There is no such request.") // not on Out, where scripts count lines
	}
	return nil
}

// merge adds what the first list doesn't have: an attempt that was just closed
// may be in both.
func merge(open, closed []listed) []listed {
	for _, l := range closed {
		if !slices.ContainsFunc(open, func(o listed) bool { return o.ID == l.ID && o.Attempt == l.Attempt }) {
			open = append(open, l)
		}
	}
	return open
}

// count says how far off the deadline is, as long as that matters.
func (l *listed) count(now time.Time) {
	if l.Due.IsZero() || !isOpen(l.State) {
		return
	}
	days := daysUntil(l.Due.Time, now)
	l.DaysLeft, l.Late = &days, now.After(l.Due.Time)
}

func (l listed) print(a *cli) {
	days := orDash("")
	if l.DaysLeft != nil {
		days = strconv.Itoa(*l.DaysLeft)
	}
	fields := []string{
		l.ID, orDash(l.Kind), fmt.Sprintf("attempt=%d", l.Attempt), l.State, "due=" + l.Due.in(time.DateOnly), "daysLeft=" + days,
	}
	if !l.Late {
		printFields(a.Out, fields...)
		return
	}
	const red, plain = "\x1b[31m", "\x1b[0m"
	fields = append(fields, "LATE")
	if _, unwanted := a.env("NO_COLOR"); a.IsTerminal && !unwanted {
		fields[0], fields[len(fields)-1] = red+fields[0], "LATE"+plain
	}
	printFields(a.Out, fields...)
}
