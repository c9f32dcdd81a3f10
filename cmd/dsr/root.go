package main

import (
	"context"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
)

// run runs one command line and returns the process's exit code.
func run(ctx context.Context, e *cli.Env, args []string) int {
	return cli.Run(ctx, e, newRootCmd(e), localHelp(args))
}

// newRootCmd returns the tree of commands.
func newRootCmd(e *cli.Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "dsr",
		Short: "Fulfil data subject requests for Azure Machine Learning",
		Long: `dsr fulfils data subject requests (GDPR articles 15, 17 and 20) for Azure
Machine Learning: it exports what the service stores about a person, document by
document, and keeps evidence of what it did.

It is one program: the handler that Azure Functions starts, the same stack on
your own machine, and the tools to send, follow and verify requests.

Start with ` + "`dsr demo`" + `: it needs neither an Azure subscription nor a network.

Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 answered but not good,
4 not found. Ctrl-C ends a command with 130. With --json, which each command for
requests has, an error is a JSON object too.

` + "`dsr completion SHELL`" + ` prints what completes commands and ids in your shell.`,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}

	root.AddCommand(newLocalCmds()...)
	root.AddCommand(withConfig(
		newSubmitCmd(e), newListCmd(e), newStatusCmd(e), newCancelCmd(e), newRefuseCmd(e), newRetryCmd(e), newExtendCmd(e), newDownloadCmd(e), withDelivery(e, newCopyCmd(e)), newReviewCmd(e), newVerifyCmd(e),
		newApproveCmd(e), newHoldCmd(e), newCertificateCmd(e),
		newDLQCmd(e), newDoctorCmd(e),
	)...)
	root.AddCommand(newPackageCmd(e), newHandlerCmd(e), newVersionCmd(e))

	return root
}
