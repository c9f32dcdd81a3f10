package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/operator"
)

func newDoctorCmd(e *cli.Env) *cobra.Command {
	var opts operator.DoctorOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check settings, connections and permissions",
		Long: `Reads all settings, connects to each service that they name, and tries each
permission that the worker needs, with the identity that you run it with. A line
for each says ok or FAIL, what was tried, what came of it, what to do, and a command
that does it. Names in capitals are for you to fill in.

It leaves nothing behind: messages are looked at without a lock, a link for sending
is opened and nothing sent, and the blobs that it writes, one under _doctor/ in the
container of the documents and one in that of the index, are removed again. Into the
container of the evidence it writes nothing, since what is there may be immutable:
that permission is not tried.

Of Azure ML it reads one workspace as an export would: the one that --workspace
names, or the first one of DSR_ALLOWED_SCOPES. The addresses of the first generation's
data planes depend on the region: --location names one to try. Exit code 1 when anything failed, 2 when a setting is wrong.`,
		Example: "  dsr doctor\n  dsr doctor --location eastus2 --json",
		Args:    cli.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := opts.Check(); err != nil {
				return err
			}
			return runDoctor(cmd.Context(), e, configFile(cmd), opts, asJSON)
		},
	}

	cmd.Flags().StringVar(&opts.Location, "location", "", "an Azure region whose data planes are tried")
	cmd.Flags().StringVar(&opts.Workspace, "workspace", "", "ARM id of the workspace that is read (default: the first one of DSR_ALLOWED_SCOPES)")
	cmd.Flags().DurationVar(&opts.Timeout, "timeout", operator.DefaultCheckTimeout, "how long each check may take")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array instead of lines")

	return cmd
}

func runDoctor(ctx context.Context, e *cli.Env, file string, opts operator.DoctorOptions, asJSON bool) error {
	lookup, source, err := config.Find(e.Lookup, file)
	if err != nil {
		return err
	}

	if !asJSON {
		opts.Found = func(f operator.Finding) { printFinding(e, f) }
	}

	settings, err := config.Load(lookup)
	if faults, ok := errors.AsType[config.Error](err); ok {
		findings := operator.SettingFindings(faults)
		for _, f := range findings {
			if opts.Found != nil {
				opts.Found(f)
			}
		}
		return concludeDoctor(e, findings, cli.ExitUsage, asJSON)
	}
	if err != nil {
		return err
	}

	settings.Attended = true
	opts.Source = source
	findings, err := operator.Diagnose(ctx, settings, opts)
	if err != nil {
		return err
	}

	return concludeDoctor(e, findings, cli.ExitFailed, asJSON)
}

// printFinding prints the line of a finding.
func printFinding(e *cli.Env, f operator.Finding) {
	word := "ok"
	if !f.OK {
		word = "FAIL"
	}
	fields := []string{word, f.What, cli.OneLine(f.Detail)}
	if f.Remedy != "" {
		fields = append(fields, f.Remedy)
	}
	if f.Command != "" {
		fields = append(fields, f.Command)
	}
	cli.PrintFields(e.Out, fields...)
}

// concludeDoctor prints the findings as JSON where that is asked for, and returns an error
// with the exit code where a check failed.
func concludeDoctor(e *cli.Env, findings []operator.Finding, code int, asJSON bool) error {
	if asJSON {
		if err := json.NewEncoder(e.Out).Encode(findings); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(findings, func(f operator.Finding) bool { return !f.OK }) {
		return &cli.ExitError{Code: code} // the findings are the explanation
	}
	return nil
}
