package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
)

// Flags that say what a copy has.
const (
	flagUnattributed = "unattributed"
	flagFiles        = "files"
)

// copyPolicyFlags gives a command the flags that say what a copy has.
func copyPolicyFlags(cmd *cobra.Command, p *dsr.CopyPolicy) {
	cmd.Flags().StringVar((*string)(&p.Unattributed), flagUnattributed, "", "leave or include: what does not say whose it is and names the person (default COPY_UNATTRIBUTED)")
	cmd.Flags().StringVar((*string)(&p.Files), flagFiles, "", "leave or include: the contents of the person's files (default COPY_FILES)")
}

// copyPolicyOf returns what the flags of a command say.
func copyPolicyOf(cmd *cobra.Command) dsr.CopyPolicy {
	unattributed, _ := cmd.Flags().GetString(flagUnattributed)
	files, _ := cmd.Flags().GetString(flagFiles)
	return dsr.CopyPolicy{Unattributed: dsr.CopyChoice(unattributed), Files: dsr.CopyChoice(files)}
}

// checkCopyPolicy returns what is wrong with the flags.
func checkCopyPolicy(p dsr.CopyPolicy) error {
	if err := p.Check(); err != nil {
		return cli.Usage(fmt.Errorf("--%w", err))
	}
	return nil
}
