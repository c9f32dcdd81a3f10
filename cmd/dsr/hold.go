package main

import (
	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
)

func newHoldCmd(e *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hold",
		Short: "Keep things from being deleted, as litigation may demand",
		Long: `A hold keeps what it is on, and every container of it, from being deleted by any
request. It is on an ARM id or a path below one, and then on all that is in it, or
on the id of one document, such as a run's. Holds are looked up when a deletion is
planned and again right before each DELETE.

Records of holds are only ever added, in the container of the evidence: put no
names into a reason. Whoever sets or releases one is recorded with it.`,
		Example: "  dsr hold add /subscriptions/…/projects/churn --reason \"case 4711\"\n  dsr hold add run-17 --reason \"case 4711\" --until 2027-06-30\n  dsr hold list\n  dsr hold release 5b2c…",
	}

	cli.Group(cmd)
	cmd.AddCommand(newHoldAddCmd(e), newHoldListCmd(e), newHoldReleaseCmd(e))
	return cmd
}
