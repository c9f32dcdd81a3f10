package main

import (
	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
)

// newRootCmd makes the tree of commands. It is called dsr, for that is what a person
// runs.
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
