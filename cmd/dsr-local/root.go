package main

import (
	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
)

// newRootCmd returns the tree of commands. Its name is dsr, because that is what users
// run.
func newRootCmd(e *cli.Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "dsr",
		Short: "Run the app on this machine",
		Long: `dsr-local runs the app on this machine, with stand-ins for Service Bus, Azure ML and
the Functions host. ` + "`dsr`" + ` hands its commands demo, local and broker over to it.`,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.AddCommand(newDemoCmd(e), newLocalCmd(e), newBrokerCmd(e))
	return root
}
