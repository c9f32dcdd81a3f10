package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

// disposeOptions are the flags of `dsr dlq resubmit` and `dsr dlq purge`.
type disposeOptions struct {
	queue string
	all   bool
	yes   bool
	json  bool
}

func newDLQResubmitCmd(e *cli.Env) *cobra.Command {
	var opts disposeOptions
	cmd := &cobra.Command{
		Use:   "resubmit SEQUENCE…|--all",
		Short: "Send dead letters again, as they are",
		Long: `Sends the same body as a new message to its queue and then removes the dead one.
Do it when the reason is gone, such as a scope that is allowed now; a request that
is wrong comes back as dead as before.

--all means those that are there when the command starts.`,
		Example:           "  dsr dlq resubmit 3 4\n  dsr dlq resubmit --all",
		ValidArgsFunction: completing(e, sequences(&opts.queue), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runDispose(cmd, e, args, opts, disposal{
				name: operator.Resubmitted,
				do:   (*operator.Operator).ResubmitDead,
			})
		},
	}

	queueFlag(cmd, &opts.queue)
	cmd.Flags().BoolVar(&opts.all, "all", false, "all dead letters of the queue")
	cmd.Flags().BoolVar(&opts.json, "json", false, "print a JSON object instead of lines")

	return cmd
}

func newDLQParkCmd(e *cli.Env) *cobra.Command {
	var opts disposeOptions
	cmd := &cobra.Command{
		Use:   "park SEQUENCE…|--all",
		Short: "Move dead letters out of the way, to where they can wait",
		Long: `Moves dead letters to the blobs that are called poison here, where no function is
called with them. Do it with one that its queue's function can't settle, or that you
want to keep while the queue is emptied. From there it can be shown, purged and sent
again.

--all means those that are there when the command starts.`,
		Example:           "  dsr dlq park 3\n  dsr dlq park --queue dsr-exports 12\n  dsr dlq purge --queue poison --all",
		ValidArgsFunction: completing(e, sequences(&opts.queue), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runDispose(cmd, e, args, opts, disposal{
				name:  operator.Parked,
				parks: true,
				do:    (*operator.Operator).ParkDead,
			})
		},
	}

	queueFlag(cmd, &opts.queue)
	cmd.Flags().BoolVar(&opts.all, "all", false, "all dead letters of the queue")
	cmd.Flags().BoolVar(&opts.json, "json", false, "print a JSON object instead of lines")

	return cmd
}

func newDLQPurgeCmd(e *cli.Env) *cobra.Command {
	var opts disposeOptions
	cmd := &cobra.Command{
		Use:   "purge SEQUENCE…|--all",
		Short: "Remove dead letters for good",
		Long: `Removes dead letters. A request that is removed here is not fulfilled, and nothing
else keeps it. Asks first on a terminal; elsewhere it needs --yes.

--all means those that are there when the command starts.`,
		Example:           "  dsr dlq purge 3\n  dsr dlq purge --all --yes",
		ValidArgsFunction: completing(e, sequences(&opts.queue), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runDispose(cmd, e, args, opts, disposal{
				name: operator.Purged,
				asks: true,
				do:   (*operator.Operator).PurgeDead,
			})
		},
	}

	queueFlag(cmd, &opts.queue)
	cmd.Flags().BoolVar(&opts.all, "all", false, "all dead letters of the queue")
	cmd.Flags().BoolVar(&opts.yes, "yes", false, "don't ask")
	cmd.Flags().BoolVar(&opts.json, "json", false, "print a JSON object instead of lines")

	return cmd
}

// disposal is one of the ways to dispose of dead letters.
type disposal struct {
	name  string // operator.Resubmitted, operator.Parked or operator.Purged
	asks  bool   // it needs a confirmation, or --yes
	parks bool
	do    func(*operator.Operator, context.Context, operator.ChosenDead) ([]string, error)
}

// mustAsk reports whether the disposal still has to be confirmed.
func (d disposal) mustAsk(opts disposeOptions) bool { return d.asks && !opts.yes }

func runDispose(cmd *cobra.Command, e *cli.Env, sequences []string, opts disposeOptions, d disposal) error {
	order := operator.DisposalOrder{
		Queue:     opts.queue,
		Sequences: sequences,
		All:       opts.all,
		Parks:     d.parks,
	}
	if err := order.Check(); err != nil {
		return err
	}
	if d.mustAsk(opts) && !e.CanAsk {
		return cli.Usage(errors.New("there is no terminal to ask on; give --yes to purge without being asked"))
	}

	return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
		return dispose(cmd.Context(), e, o, order, opts, d)
	})
}

// dispose disposes of the dead letters of an order, and prints those that it has disposed
// of.
func dispose(ctx context.Context, e *cli.Env, o *operator.Operator, order operator.DisposalOrder, opts disposeOptions, d disposal) error {
	chosen, err := o.ChooseDead(ctx, order)
	if err != nil {
		return err
	}

	n := len(chosen.Letters)
	if n == 0 {
		return printNoneDisposed(e, opts, d)
	}
	if d.mustAsk(opts) && !e.Confirm(ctx, fmt.Sprintf("Remove %s of %s for good?", cli.Plural(n, "dead letter"), order.Queue)) {
		return cli.Failed(errors.New("nothing was removed"))
	}

	done, err := d.do(o, ctx, chosen)
	return errors.Join(err, printDisposed(e, opts, d, done))
}

func printNoneDisposed(e *cli.Env, opts disposeOptions, d disposal) error {
	if opts.json {
		return printDisposed(e, opts, d, nil)
	}
	return e.Say("There are no dead letters in %s.\n", opts.queue)
}

// printDisposed prints the sequences of the dead letters that were disposed of.
func printDisposed(e *cli.Env, opts disposeOptions, d disposal, done []string) error {
	if opts.json {
		return json.NewEncoder(e.Out).Encode(map[string]any{
			"queue": opts.queue,
			d.name:  append([]string{}, done...),
		})
	}

	for _, sequence := range done {
		cli.PrintFields(e.Out, sequence, d.name)
	}
	return nil
}
