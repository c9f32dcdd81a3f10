package app

import (
	"context"

	"azureml-dsr/handlers"
	"azureml-dsr/internal/fanout"
)

var (
	_ handlers.Intake = preparedIntake{}
	_ handlers.Watch  = preparedWatch{}
)

// preparedIntake prepares what the first request needs. It creates the containers, and
// compiles the schema, which would take too long while the host waits for the handler to
// start.
type preparedIntake struct {
	containers *containers
	intake     fanout.Intake
	validator  func() (*fanout.Validator, error)
}

// Accept implements handlers.Intake.
func (p preparedIntake) Accept(ctx context.Context, m fanout.Received) error {
	p.containers.ensureOnce(ctx)

	validator, err := p.validator()
	if err != nil {
		return err
	}
	p.intake.Validator = validator

	return p.intake.Accept(ctx, m)
}

// preparedWatch creates the containers before the first watch reads them.
type preparedWatch struct {
	containers *containers
	handlers.Watch
}

// Run implements handlers.Watch.
func (p preparedWatch) Run(ctx context.Context) error {
	p.containers.ensureOnce(ctx)
	return p.Watch.Run(ctx)
}
