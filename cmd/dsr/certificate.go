package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/operator"
)

func newCertificateCmd(e *cli.Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "certificate ID",
		Short: "State what a request has deleted, and what proves it",
		Long: `States, of a closed request that deletes: whom it is about by object id, who
approved which plan, a line per row with how many of the planned things were
deleted, were gone already, are held, failed or were canceled, each held or failed
thing with its reason, which copies of exports still exist and until when, and the
SHA-256 of the manifest that vouches for it. A thing that is gone and that the
service may still keep counts as softDeleted, never as deleted. What earlier
attempts of the request have deleted follows, each with its own plan and manifest.

Of a request for what is only the subject's own (what=subject) it also lists the
documents that mention the subject, or may be the subject's by a display name: they
were left, and a person decides on them.

Ends with exit code 3 when something that was planned is not deleted.`,
		Example:           "  dsr certificate 3f0c6f0e-77aa\n  dsr certificate 3f0c6f0e-77aa --json",
		Args:              cli.Args("ID"),
		ValidArgsFunction: completing(e, allIDs, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withOperator(e, configFile(cmd), func(o *operator.Operator) error {
				return runCertificate(cmd.Context(), e, o, args[0], asJSON)
			})
		},
	}

	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object instead of lines")
	return cmd
}

func runCertificate(ctx context.Context, e *cli.Env, o *operator.Operator, id string, asJSON bool) error {
	certificate, err := o.Certificate(ctx, id)
	if err != nil {
		return err
	}

	if asJSON {
		err = json.NewEncoder(e.Out).Encode(certificate)
	} else {
		cli.PrintCertificate(e.Streams, certificate)
	}
	if err == nil && !certificate.Complete() {
		err = cli.NotGood(nil)
	}

	return err
}
