// Command dsr-local runs the app on one machine, with stand-ins for Service Bus, Azure ML
// and the Functions host. Users start it as dsr, which passes `dsr demo`, `dsr local` and
// `dsr broker` to it.
package main

import (
	"os"

	"azureml-dsr/internal/cli"
)

func main() {
	ctx := cli.Interruptible()
	e := cli.SystemEnv()
	os.Exit(cli.Run(ctx, e, newRootCmd(e), os.Args[1:]))
}
