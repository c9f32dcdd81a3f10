package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// run runs one command line and gives the process's exit code.
func run(ctx context.Context, a *cli, args []string) int {
	root, started := newRootCmd(a)
	root.SetArgs(append([]string{}, args...)) // nil would mean os.Args
	err := root.ExecuteContext(ctx)
	if err != nil && !*started {
		err = usage(err)
	}
	a.explain(err, !*started)
	return exitCode(err)
}

// explain writes an error for the person at the terminal. One that an exitError
// only wraps a code around has been told already.
func (a *cli) explain(err error, hint bool) {
	e, ok := errors.AsType[*exitError](err)
	if err == nil || ok && e.err == nil {
		return
	}
	_, _ = fmt.Fprintln(a.Err, "dsr:", err) // nowhere left to complain
	if hint {
		_, _ = fmt.Fprintln(a.Err, "Run `dsr --help` for the commands.")
	}
}

// newRootCmd makes the tree of commands. started tells afterwards whether a
// command began: an error before that is the command line's.
func newRootCmd(a *cli) (root *cobra.Command, started *bool) {
	started = new(bool)
	root = &cobra.Command{
		Use:   "dsr",
		Short: "Fulfil data subject requests for Azure Machine Learning",
		Long: `dsr fulfils data subject requests (GDPR articles 15, 17 and 20) for Azure
Machine Learning: it exports what the service stores about a person, document by
document, and keeps evidence of what it did.

It is one program: the handler that Azure Functions starts, the same stack on
your own machine, and the tools to send, follow and verify requests.

Start with ` + "`dsr demo`" + `: it needs neither an Azure subscription nor a network.

Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 answered but not good,
4 not found. ` + "`dsr completion SHELL`" + ` prints what completes its commands in your shell.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRun:  func(*cobra.Command, []string) { *started = true },
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.AddCommand(
		newDemoCmd(a), newLocalCmd(a), newBrokerCmd(a),
		newSubmitCmd(a), newListCmd(a), newStatusCmd(a), newCancelCmd(a), newRetryCmd(a), newExtendCmd(a), newDownloadCmd(a), newVerifyCmd(a),
		newApproveCmd(a), newHoldCmd(a), newCertificateCmd(a),
		newDLQCmd(a), newDoctorCmd(a),
		newPackageCmd(a), newHandlerCmd(a),
	)
	return root, started
}
