// Command dsr fulfils data subject requests for Azure Machine Learning. It is
// both the custom handler that Azure Functions starts and the operator's tool.
package main

import (
	"os"

	"azureml-dsr/internal/cli"
)

func main() {
	ctx := cli.Interruptible()
	os.Exit(run(ctx, cli.SystemEnv(), os.Args[1:]))
}
