package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newDownloadCmd(e *cli.Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "download ID DIR",
		Short: "Copy a closed request, documents and evidence, into a folder",
		Long: `Copies everything that is stored of a closed request into DIR/ID: the documents,
which are everybody's in the request's scope, and the evidence, in one tree, and a
file SHA256SUMS that
` + "`sha256sum -c`" + ` reads in that folder. What is there already is kept, so a download
that broke off goes on when it is run again. Until then it has no SHA256SUMS, and
` + "`dsr verify`" + ` calls it incomplete. On a terminal it shows how many files are there.

It prints a line per endpoint, how many of the documents name the subject, and what
the folder lacks: what failed, and what no API gives. DIR then holds personal data.
Only you may read it, and where the command makes DIR it keeps it out of Git.`,
		Example:           "  dsr download 3f0c6f0e-77aa evidence\n  (cd evidence/3f0c6f0e-77aa && sha256sum -c --quiet SHA256SUMS)\n  dsr verify evidence/3f0c6f0e-77aa",
		Args:              cli.Args("ID", "DIR"),
		ValidArgsFunction: completing(e, allIDs, cobra.ShellCompDirectiveFilterDirs),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
				return runDownload(cmd.Context(), e, o, args[0], args[1], asJSON)
			})
		},
	}

	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object instead of lines")
	return cmd
}

func runDownload(ctx context.Context, e *cli.Env, o *operator.Operator, id, dir string, asJSON bool) error {
	opts := &operator.DownloadOptions{}
	bar := cli.NewProgress(e.Streams)
	if e.IsTerminal && !asJSON {
		opts.Progress = func(done, total int64) { bar.Show(done, total, "files") }
	}

	downloaded, err := o.Download(ctx, id, dir, opts)
	bar.Close()
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(e.Out).Encode(downloaded)
	}

	cli.PrintTotals(e.Streams, downloaded.Totals)
	cli.PrintExported(e.Out, downloaded.Exported)
	cli.PrintFailures(e.Out, downloaded.Failures, 0)
	cli.PrintLeftOut(e.Out, downloaded.NotCovered)

	return nil
}
