package main

import (
	"context"
	"fmt"

	"azureml-dsr/internal/config"
)

// connect gives an operator's command its connections, and says on Err where their
// settings come from.
func (a *cli) connect(_ context.Context) (*config.Connections, error) {
	lookup, source, err := config.Find(a.env)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintln(a.Err, "Settings from "+source+"."); err != nil {
		return nil, err
	}

	s, err := config.LoadStores(lookup)
	if err != nil {
		return nil, err
	}
	return s.Dial(nil)
}
