package app

import (
	"context"

	"azureml-dsr/handlers"
	"azureml-dsr/internal/fanout"
)

var (
	_ handlers.Intake = firstIntake{}
	_ handlers.Watch  = ensuredWatch{}
)

// firstIntake does what the first request needs: the containers, and the schema,
// which takes too long to compile while the host waits for the handler to start.
type firstIntake struct {
	first     *containers
	intake    fanout.Intake
	validator func() (*fanout.Validator, error)
}

// Accept implements handlers.Intake.
func (i firstIntake) Accept(ctx context.Context, m fanout.Received) error {
	i.first.try(ctx)

	validator, err := i.validator()
	if err != nil {
		return err
	}
	i.intake.Validator = validator
	return i.intake.Accept(ctx, m)
}

// ensuredWatch creates the containers before the first look at them.
type ensuredWatch struct {
	first *containers
	handlers.Watch
}

// Run implements handlers.Watch.
func (w ensuredWatch) Run(ctx context.Context) error {
	w.first.try(ctx)
	return w.Watch.Run(ctx)
}
