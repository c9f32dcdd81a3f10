package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/app"
	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/verify"
)

// verifyOptions are the argument and flags of `dsr verify`.
type verifyOptions struct {
	what    string   // the id of a request, or a folder
	attempt int      // 0: all of them
	keys    []string // files and folders
	json    bool
	config  string // a file of settings, "" for none
}

func newVerifyCmd(e *cli.Env) *cobra.Command {
	var opts verifyOptions
	cmd := &cobra.Command{
		Use:   "verify ID|DIR",
		Short: "Check that a closed request is complete and unchanged",
		Long: `Reads everything that the manifest of a closed request vouches for and derives
it again: every hash, every count, and that nothing is missing and nothing was
added. It reads the stored blobs of request ID, or a folder that ` + "`dsr download`" + `
or ` + "`dsr demo`" + ` has written; for a folder it needs no settings and no network.
A folder that contains several requests is checked request by request.

It prints a line per endpoint, then a line per fault: missing, changed, foreign
(nothing names it), malformed or inconsistent. Blobs that nothing vouches for
and that are no fault, such as what a failed task left, are named as unlisted. The
last line begins with ok, or counts the faults; these end it with exit code 3.
ok means that the evidence is complete and unchanged. How the request ended is
another matter, and a line of its own says so where it did not succeed. The line
with matching=… of … says how many of the documents name the subject: an export
has everybody's documents in its scope.

A folder is also checked against its SHA256SUMS, file by file. With --key, an
attempt that is not signed by one of the keys is a fault. Give it once for each
key, or a folder of .pem files: the signature says which key is meant.

When the documents were removed because their retention was over, it says so
and ends with exit code 1: nothing is left to hold the evidence against. With
--json it also prints the record of the removal.`,
		Example:           "  dsr verify 3f0c6f0e-77aa\n  dsr verify evidence/3f0c6f0e-77aa --key public.pem",
		Args:              cli.Args("ID|DIR"),
		ValidArgsFunction: completingIDsOrFolders(e),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.what = args[0]
			opts.config = configFile(cmd)
			return runVerify(cmd.Context(), e, opts)
		},
	}

	cmd.Flags().IntVar(&opts.attempt, "attempt", 0, "the attempt to check (default all of them)")
	cmd.Flags().StringArrayVar(&opts.keys, "key", nil, "PEM file of a public key that may have signed the manifest, or a folder of them; repeat it for several")
	cmd.Flags().BoolVar(&opts.json, "json", false, "print a JSON object for each attempt instead of lines")

	return cmd
}

func runVerify(ctx context.Context, e *cli.Env, opts verifyOptions) error {
	keys, err := readKeys(opts.keys)
	if err != nil {
		return err
	}
	if err := operator.CheckAttempt(opts.attempt); err != nil {
		return err
	}

	v := &verification{Env: e, keys: keys, json: opts.json}

	info, err := os.Stat(opts.what)
	switch {
	case err == nil && info.IsDir():
		return verifyFolders(ctx, v, opts)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("looking for the evidence: %w", err)
	case !dsr.ValidID(opts.what):
		return cli.NotFound(fmt.Errorf("%s is neither a folder nor the id of a request", opts.what))
	}

	return withOperator(e, opts.config, func(o *operator.Operator) error {
		return verifyStored(ctx, v, o, opts)
	})
}

// verifyFolders verifies each request in a folder that `dsr download` has written.
func verifyFolders(ctx context.Context, v *verification, opts verifyOptions) error {
	folders, err := operator.RequestFolders(opts.what)
	if err != nil {
		return err
	}

	var worst error
	for _, folder := range folders {
		worst = worse(worst, verifyFolder(ctx, v, folder, opts.attempt))
	}
	return worst
}

// verifyFolder verifies the request in its folder.
func verifyFolder(ctx context.Context, v *verification, dir string, attempt int) (err error) {
	folder, err := operator.OpenFolder(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()

	attempts, err := folder.Attempts(ctx, attempt)
	if err != nil {
		return err
	}

	return v.attempts(ctx, folder.Verify, attempts)
}

// verifyStored verifies a request in the containers.
func verifyStored(ctx context.Context, v *verification, o *operator.Operator, opts verifyOptions) error {
	evidence, attempts, err := o.StoredEvidence(ctx, opts.what, opts.attempt)
	if err != nil {
		return err
	}
	return v.attempts(ctx, func(ctx context.Context, a dsr.Attempt, opts *verify.Options) (operator.Verification, error) {
		return operator.Verify(ctx, evidence, a, opts)
	}, attempts)
}

// checkAttempt verifies one attempt.
type checkAttempt func(context.Context, dsr.Attempt, *verify.Options) (operator.Verification, error)

// verification verifies attempts and prints what it finds.
type verification struct {
	*cli.Env
	keys []crypto.PublicKey
	json bool
}

// attempts verifies some attempts and returns the worst error: any other one before one
// that only reports faults.
func (v *verification) attempts(ctx context.Context, check checkAttempt, attempts []dsr.Attempt) error {
	var worst error
	for _, a := range attempts {
		worst = worse(worst, v.attempt(ctx, check, a))
	}
	return worst
}

// worse returns the worse of two errors: any other one before one that only reports faults.
func worse(worst, err error) error {
	if worst == nil || (err != nil && cli.ExitCode(worst) == cli.ExitNotGood) {
		return err
	}
	return worst
}

func (v *verification) attempt(ctx context.Context, check checkAttempt, a dsr.Attempt) error {
	opts := &verify.Options{Keys: v.keys, Same: app.SameRows(), Rows: app.CountedRows()}
	bar := cli.NewProgress(v.Streams)

	if v.IsTerminal && !v.json {
		opts.Progress = func(done, total int64) { bar.Show(done, total, "receipts") }
	}

	found, err := check(ctx, a, opts)
	bar.Close()

	if removed, ok := errors.AsType[*operator.RemovedError](err); ok && v.json {
		return errors.Join(err, encodeRemoved(v.Out, removed))
	}
	if err != nil {
		return err
	}
	if err := printVerification(v.Streams, found, v.json); err != nil {
		return err
	}
	if !found.OK {
		return cli.NotGood(nil)
	}

	return nil
}
