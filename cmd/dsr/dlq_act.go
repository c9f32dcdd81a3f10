package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

// dlqActOptions are what the command lines of `dsr dlq resubmit` and `dsr dlq
// purge` say.
type dlqActOptions struct {
	queue     string
	sequences []string
	all       bool
	yes       bool
	json      bool
}

// chosen reads which dead letters are meant, and in which queue.
func (o *dlqActOptions) chosen(args []string) error {
	o.sequences = args
	if o.all == (len(args) > 0) {
		return usage(errors.New("name dead letters by their sequence, or give --all"))
	}
	if o.queue == dsr.QueueExports || o.queue == dsr.QueueDeletes || o.queue == dsr.QueueClosings {
		return usage(fmt.Errorf("the worker looks after the dead letters of %s itself; nothing is to be done there", o.queue))
	}
	return nil
}

func newDLQResubmitCmd(a *cli) *cobra.Command {
	var o dlqActOptions
	cmd := &cobra.Command{
		Use:   "resubmit SEQUENCE…|--all",
		Short: "Send dead letters again, as they are",
		Long: `Sends the same body as a new message to its queue and then removes the dead one.
Do it when the reason is gone, such as a scope that is allowed now; a request that
is wrong comes back as dead as before.

--all means those that are there when the command starts.`,
		Example: "  dsr dlq resubmit 3 4\n  dsr dlq resubmit --all",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.chosen(args); err != nil {
				return err
			}
			return withDead(cmd.Context(), a, o.queue, func(c *config.Connections, s deadStore) error {
				return runDLQAct(cmd.Context(), a, s, o, dlqAct{done: "resubmitted", do: s.resubmit, audit: c.Audit})
			})
		},
	}
	queueFlag(cmd, &o.queue)
	cmd.Flags().BoolVar(&o.all, "all", false, "all dead letters of the queue")
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object instead of lines")
	return cmd
}

func newDLQPurgeCmd(a *cli) *cobra.Command {
	var o dlqActOptions
	cmd := &cobra.Command{
		Use:   "purge SEQUENCE…|--all",
		Short: "Remove dead letters for good",
		Long: `Removes dead letters. A request that is removed here is not fulfilled, and nothing
else keeps it. Asks first on a terminal; elsewhere it needs --yes.

--all means those that are there when the command starts.`,
		Example: "  dsr dlq purge 3\n  dsr dlq purge --all --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.chosen(args); err != nil {
				return err
			}
			if !o.yes && !a.CanAsk {
				return usage(errors.New("there is no terminal to ask on; give --yes to purge without being asked"))
			}
			return withDead(cmd.Context(), a, o.queue, func(c *config.Connections, s deadStore) error {
				return runDLQAct(cmd.Context(), a, s, o, dlqAct{done: "purged", sure: o.askToPurge(a), do: s.purge, audit: c.Audit})
			})
		},
	}
	queueFlag(cmd, &o.queue)
	cmd.Flags().BoolVar(&o.all, "all", false, "all dead letters of the queue")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "don't ask")
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object instead of lines")
	return cmd
}

// askToPurge asks, unless that is not wanted.
func (o dlqActOptions) askToPurge(a *cli) func(context.Context, int) error {
	return func(ctx context.Context, n int) error {
		if !o.yes && !a.confirm(ctx, fmt.Sprintf("Remove %s of %s for good?", plural(n, "dead letter"), o.queue)) {
			return failed(errors.New("nothing was removed"))
		}
		return nil
	}
}

// dlqAct is what is done with dead letters.
type dlqAct struct {
	done  string                                 // what it is called afterwards
	sure  func(ctx context.Context, n int) error // asks before; nil: nobody is asked
	do    func(ctx context.Context, sequences []string) ([]string, error)
	audit *archive.Archive // of the records
}

// runDLQAct does something with the dead letters that are meant, and tells with
// which it has. Unless all of them are there, it does nothing.
func runDLQAct(ctx context.Context, a *cli, s deadStore, o dlqActOptions, act dlqAct) error {
	var there []string
	letters := map[string]deadLetter{}
	for d, err := range s.all(ctx) {
		if err != nil {
			return err
		}
		there, letters[d.Sequence] = append(there, d.Sequence), d
	}
	sequences := slices.Compact(slices.Sorted(slices.Values(o.sequences)))
	if o.all {
		sequences = there
	}
	for _, sequence := range sequences {
		if !slices.Contains(there, sequence) {
			return notFound(fmt.Errorf("there is no dead letter %s in %s; nothing was done", sequence, o.queue))
		}
	}
	switch {
	case len(sequences) == 0 && o.json:
		return o.tell(a, act.done, nil)
	case len(sequences) == 0:
		return a.say("There are no dead letters in %s.\n", o.queue)
	}
	if act.sure != nil {
		if err := act.sure(ctx, len(sequences)); err != nil {
			return err
		}
	}
	for _, sequence := range sequences {
		if err := recordDisposal(ctx, a, act, o.queue, letters[sequence]); err != nil {
			return err
		}
	}
	done, err := act.do(ctx, sequences)
	err = errors.Join(err, o.tell(a, act.done, done))
	if err == nil && len(done) < len(sequences) {
		err = failed(fmt.Errorf("%d of %d are gone or held by somebody else just now; try again in a minute", len(sequences)-len(done), len(sequences)))
	}
	return err
}

// tell says with which dead letters something was done.
func (o dlqActOptions) tell(a *cli, what string, done []string) error {
	if o.json {
		return json.NewEncoder(a.Out).Encode(map[string]any{"queue": o.queue, what: append([]string{}, done...)})
	}
	for _, sequence := range done {
		printFields(a.Out, sequence, what)
	}
	return nil
}

// confirm asks a question on the terminal; only a yes is one.
func (a *cli) confirm(ctx context.Context, question string) bool {
	_, _ = fmt.Fprint(a.Err, question+" [y/N] ")
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(a.In).ReadString('\n') // an end is a no
		answer <- line
	}()
	select {
	case line := <-answer:
		return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(line)))
	case <-ctx.Done():
		return false
	}
}
