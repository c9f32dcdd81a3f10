package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/operator"
)

// configFlag is the flag that names a file of settings.
const configFlag = "config"

// withConfig gives commands the flag for a file of settings.
func withConfig(cmds ...*cobra.Command) []*cobra.Command {
	for _, cmd := range cmds {
		cmd.PersistentFlags().String(configFlag, "", "file of settings, as .dsr/local.env or local.settings.json has them")
	}
	return cmds
}

// configFile returns the file of settings that a command line names, "" for none.
func configFile(cmd *cobra.Command) string {
	file, _ := cmd.Flags().GetString(configFlag) // commands without settings have no such flag
	return file
}

// withOperator runs a command's work with an operator that is connected as the settings
// say, which are those of file where it is not empty. It prints to Err where they come from, unless Err is for JSON.
func withOperator(e *cli.Env, file string, work func(*operator.Operator) error) error {
	noCopies := func(config.Lookup) (dsr.CopyPolicy, error) { return dsr.CopyPolicy{}, nil }
	return withPolicy(e, file, noCopies, work)
}

// withCopies is withOperator with an operator that knows what the settings say about copies for
// a person.
func withCopies(e *cli.Env, file string, work func(*operator.Operator) error) error {
	return withPolicy(e, file, config.LoadCopies, work)
}

// withPolicy is withOperator with the policy for copies that load reads from the settings.
func withPolicy(e *cli.Env, file string, load func(config.Lookup) (dsr.CopyPolicy, error), work func(*operator.Operator) error) error {
	lookup, err := settingsOf(e, file)
	if err != nil {
		return err
	}
	stores, err := config.LoadStores(lookup)
	if err != nil {
		return err
	}
	stores.Attended = true
	copies, err := load(lookup)
	if err != nil {
		return err
	}

	return connected(e, stores, copies, work)
}

// settingsOf finds the settings, and prints where they come from.
func settingsOf(e *cli.Env, file string) (config.Lookup, error) {
	lookup, source, err := config.Find(e.Lookup, file)
	if err == nil && !e.JSON {
		_, err = fmt.Fprintln(e.Err, "Settings from "+source+".")
	}
	return lookup, err
}

// withSigner is withCopies with the signer that the settings name, nil for none.
func withSigner(e *cli.Env, file string, work func(*operator.Operator, ledger.Signer) error) error {
	lookup, err := settingsOf(e, file)
	if err != nil {
		return err
	}
	stores, signer, err := config.LoadSigner(lookup)
	if err != nil {
		return err
	}
	copies, err := config.LoadCopies(lookup)
	if err != nil {
		return err
	}

	return connected(e, stores, copies, func(o *operator.Operator) error { return work(o, signer) })
}

// connected runs work with an operator on connections of its own.
func connected(e *cli.Env, stores config.Stores, copies dsr.CopyPolicy, work func(*operator.Operator) error) (err error) {
	c, err := stores.Dial(nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()

	return stores.Unreached(work(operator.New(c, operator.Options{Now: e.Now, Copies: copies})))
}
