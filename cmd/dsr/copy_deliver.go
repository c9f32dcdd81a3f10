package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

// deliveryFlags are the flags by which `dsr copy` leaves the copy to the worker.
type deliveryFlags struct {
	deliver, revoke, status, review bool
	reason, by                      string
}

// count returns how many of the worker's orders are meant.
func (f deliveryFlags) count() (n int) {
	for _, set := range []bool{f.deliver, f.revoke, f.status} {
		if set {
			n++
		}
	}
	return n
}

// ofCopyHere are the flags of a copy that is made by the command itself.
var ofCopyHere = []string{"out", "unsigned"}

// check returns what is wrong with the flags together.
func (f deliveryFlags) check(cmd *cobra.Command) error {
	if f.count() > 1 {
		return cli.Usage(errors.New("give one of --deliver, --status and --revoke"))
	}

	for _, name := range ofCopyHere {
		if f.count() > 0 && cmd.Flags().Changed(name) {
			return cli.Usage(fmt.Errorf("--%s is for a copy that is made here, and not for the worker's", name))
		}
	}
	for _, name := range []string{flagUnattributed, flagFiles} {
		if (f.status || f.revoke) && cmd.Flags().Changed(name) {
			return cli.Usage(fmt.Errorf("--%s is for a copy that is to be made", name))
		}
	}

	if cmd.Flags().Changed("reason") && !f.revoke {
		return cli.Usage(errors.New("--reason says why a copy is revoked: give --revoke, too"))
	}
	if f.review && !f.deliver {
		return cli.Usage(errors.New("--review is for a copy that the worker makes: give --deliver, too"))
	}
	return nil
}

// withDelivery gives `dsr copy` the flags that order, show and revoke a copy that the worker
// makes.
func withDelivery(e *cli.Env, cmd *cobra.Command) *cobra.Command {
	var flags deliveryFlags
	cmd.Long += `

With --deliver the worker makes the copy and keeps it for DELIVERY_DAYS, for whoever
may read by the HTTP API; --status says how that stands, and --revoke ends it at
once. Who ordered, what was made and when it ended stay in the evidence.
docs/delivery.md has the rest.`
	cmd.Example += "\n  dsr copy 3f0c6f0e-77aa --deliver\n  dsr copy 3f0c6f0e-77aa --revoke --reason \"sent to the wrong address\""
	here := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := flags.check(cmd); err != nil {
			return err
		}
		if flags.count() == 0 {
			return here(cmd, args)
		}
		order := operator.CopyOrder{ID: args[0], By: flags.by, Review: flags.review}
		order.Partial, _ = cmd.Flags().GetBool("partial") // newCopyCmd has them all
		order.Contact, _ = cmd.Flags().GetString("contact")
		order.Policy = copyPolicyOf(cmd)
		if err := checkCopyPolicy(order.Policy); err != nil {
			return err
		}
		asJSON, _ := cmd.Flags().GetBool("json")
		return withCopies(e, configFile(cmd), func(o *operator.Operator) error {
			return runDelivery(cmd.Context(), e, o, order, flags, asJSON)
		})
	}

	cmd.Flags().BoolVar(&flags.deliver, "deliver", false, "have the worker make the copy, and keep it to be fetched")
	cmd.Flags().BoolVar(&flags.review, "review", false, "with --deliver: make the copy after somebody has looked at it, see dsr review")
	cmd.Flags().BoolVar(&flags.status, "status", false, "say how the worker's copy stands")
	cmd.Flags().BoolVar(&flags.revoke, "revoke", false, "end the worker's copy, and remove it")
	cmd.Flags().StringVar(&flags.reason, "reason", "", "why it is revoked, for the record")
	byFlag(cmd, e, &flags.by)

	return cmd
}

func runDelivery(ctx context.Context, e *cli.Env, o *operator.Operator, order operator.CopyOrder, flags deliveryFlags, asJSON bool) error {
	var c operator.Copy
	var err error
	switch {
	case flags.deliver:
		c, err = o.OrderCopy(ctx, order)
	case flags.revoke:
		c, err = o.RevokeCopy(ctx, operator.RevokeOrder{ID: order.ID, Reason: flags.reason, By: flags.by})
	default:
		c, err = o.Copy(ctx, order.ID)
	}
	if err != nil {
		return err
	}

	if asJSON {
		err = json.NewEncoder(e.Out).Encode(c)
	} else {
		printDelivery(e.Streams, c)
	}
	if err == nil && c.State == operator.CopyFailed {
		err = cli.NotGood(nil)
	}
	return err
}

func printDelivery(s cli.Streams, c operator.Copy) {
	fields := []string{c.ID, "copy", c.State}
	if c.Number > 0 {
		fields = append(fields, cli.Count("number", c.Number), cli.Count("attempt", c.Attempt), "askedAt="+c.AskedAt.UTC().Format(time.RFC3339))
	}

	if c.State == operator.CopyMaking && c.Read > 0 {
		fields = append(fields, cli.Count("read", c.Read))
	}
	if c.State == operator.CopyReviewing {
		fields = append(fields, cli.Count("uncertain", c.Uncertain), "`dsr review "+c.ID+"` lists it, --release goes on")
	}

	if !c.MadeAt.IsZero() {
		fields = append(fields, cli.Count("documents", c.Documents), cli.Count("searched", c.Searched), cli.Count("others", c.People), cli.Count("uncertain", c.Uncertain), cli.Count("decided", c.Decided),
			cli.Count("bytes", c.Bytes), "until="+c.Until.UTC().Format(time.RFC3339), "sha256="+c.SHA256)
	}
	if !c.EndedAt.IsZero() {
		fields = append(fields, "endedAt="+c.EndedAt.UTC().Format(time.RFC3339))
	}
	if c.Reason != "" {
		fields = append(fields, cli.OneLine(c.Reason))
	}

	cli.PrintFields(s.Out, fields...)
}
