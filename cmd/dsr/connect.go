package main

import (
	"errors"
	"fmt"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/operator"
)

// withOperator runs a command's work with an operator that is connected as the settings
// say. It prints to Err where they come from.
func withOperator(e *cli.Env, work func(*operator.Operator) error) (err error) {
	lookup, source, err := config.Find(e.Lookup)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(e.Err, "Settings from "+source+"."); err != nil {
		return err
	}

	stores, err := config.LoadStores(lookup)
	if err != nil {
		return err
	}

	c, err := stores.Dial(nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()

	return work(operator.New(c, operator.Options{Now: e.Now}))
}
