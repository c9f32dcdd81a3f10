package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/version"
)

func newVersionCmd(e *cli.Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print which version this is",
		Long: `Prints the version, the commit that it was built from, the version of Go, and the
platform. Manifests and the User-Agent of each call name the version too.`,
		Example: "  dsr version\n  dsr version --json",
		Args:    cli.Args(),
		RunE: func(*cobra.Command, []string) error {
			current := version.Current()
			if asJSON {
				return json.NewEncoder(e.Out).Encode(current)
			}
			return e.Say("%s\n", current)
		},
	}

	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of text")

	return cmd
}
