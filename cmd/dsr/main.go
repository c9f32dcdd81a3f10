// Command dsr fulfils data subject requests for Azure Machine Learning. It is
// both the custom handler that Azure Functions starts and the operator's tool.
package main

import "os"

func main() {
	ctx := interruptible()
	os.Exit(run(ctx, systemApp(), os.Args[1:]))
}
