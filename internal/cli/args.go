package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Args returns the check of a command's arguments. names are what the usage calls them, in
// order; those in brackets may be left out.
func Args(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > len(names) {
			return fmt.Errorf("%q is an argument too many; usage: %s", args[len(names)], cmd.UseLine())
		}

		var missing []string
		for _, name := range names[len(args):] {
			if !strings.HasPrefix(name, "[") {
				missing = append(missing, name)
			}
		}

		switch len(missing) {
		case 0:
			return nil
		case 1:
			return fmt.Errorf("%s is missing; usage: %s", missing[0], cmd.UseLine())
		default:
			return fmt.Errorf("%s are missing; usage: %s", strings.Join(missing, " and "), cmd.UseLine())
		}
	}
}

// Group makes a command that only groups others print its help. A word that is none of its
// commands is an error.
func Group(cmd *cobra.Command) {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}
