package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newHoldAddCmd(e *cli.Env) *cobra.Command {
	var order operator.HoldOrder
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "add SCOPE-OR-ID --reason TEXT",
		Short: "Put something on hold",
		Long: `Puts something on hold and prints the id of the hold, by which it is released. On
stderr it says what the hold keeps of the deletions that are planned now. Where no
plan has what you name, that is said too: it may be misspelt.

The same hold, with the same reason and end, is not recorded twice: its id is
printed again. Another hold on the same thing is one of its own, and each of them
keeps it.`,
		Example: "  dsr hold add run-17 --reason \"case 4711\" --until 2027-06-30",
		Args:    cli.Args("SCOPE-OR-ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			order.On = args[0]
			if err := order.Check(e.Now()); err != nil {
				return err
			}
			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
				return runHoldAdd(cmd.Context(), e, o, order, asJSON)
			})
		},
	}

	cmd.Flags().StringVar(&order.Reason, "reason", "", "why, for the record")
	cmd.Flags().StringVar(&order.Until, "until", "", "a date after which it ends by itself (default: until it is released)")
	byFlag(cmd, e, &order.StatedBy)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead of the id")

	return cmd
}

// byFlag adds --by, which names whoever gives an order. Its help has no name in it, so that
// it is the same for everybody.
func byFlag(cmd *cobra.Command, e *cli.Env, by *string) {
	cmd.Flags().StringVar(by, "by", e.User, "who orders it, for the record (default: your account's name)")
	cmd.Flags().Lookup("by").DefValue = ""
}

func runHoldAdd(ctx context.Context, e *cli.Env, o *operator.Operator, order operator.HoldOrder, asJSON bool) error {
	added, err := o.AddHold(ctx, order)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(e.Out).Encode(added)
	}

	for _, line := range notesOf(added) {
		_, _ = fmt.Fprintln(e.Err, line) // not on Out, where scripts read the id
	}
	return e.Say("%s\n", added.ID)
}

// notesOf says what became of an order, in sentences.
func notesOf(added operator.HoldAdded) (notes []string) {
	if added.Before {
		notes = append(notes, "This hold is in force already; nothing new is recorded.")
	}
	if len(added.Also) > 0 {
		notes = append(notes, "Also on hold by "+strings.Join(added.Also, ", ")+".")
	}

	for _, k := range added.Keeps.Requests {
		notes = append(notes, fmt.Sprintf("It keeps %s of what request %s plans to delete.", cli.Plural(k.Things, "thing"), k.ID))
	}
	switch {
	case added.Keeps.Unknown != "":
		notes = append(notes, "What it keeps is not known: "+cli.OneLine(added.Keeps.Unknown)+".")
	case added.Keeps.Nothing() && added.Keeps.Searched == 0:
		notes = append(notes, "No deletion is planned now, so nothing shows whether "+cli.OneLine(added.On)+" is known: check that it is spelt right.")
	case added.Keeps.Nothing():
		notes = append(notes, fmt.Sprintf("Nothing knows %s: none of %s has it. Check that it is spelt right.", cli.OneLine(added.On), cli.Plural(added.Keeps.Searched, "planned deletion")))
	}

	return notes
}
