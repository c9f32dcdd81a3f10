package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/api"
	"azureml-dsr/internal/app"
	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/customhandler"
)

const (
	// exitRestart makes the Functions host restart the handler without counting an
	// error. After 0, older hosts would not restart it.
	exitRestart = 200
)

func newHandlerCmd(e *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "handler",
		Short: "Answer the Azure Functions host (what host.json starts)",
		Long: `Runs the custom handler. The Azure Functions host starts it, as host.json says,
and tells it the port in FUNCTIONS_CUSTOMHANDLER_PORT; to run it on your own
machine use ` + "`dsr local`" + `, which starts a host too.

It logs JSON lines to stdout. When settings are wrong it names all of them and
ends with exit code 2. When it is asked to stop (SIGTERM, Ctrl-C) it finishes
what it has begun and ends with exit code 200, at which the host starts it anew.`,
		Example: "  # never by hand; on Azure and under Core Tools the host runs:\n  dsr handler",
		Args:    cli.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runHandler(cmd.Context(), e)
		},
	}
}

// runHandler runs the handler until ctx ends. It listens before it connects, because the
// host sends requests at once; early ones wait in the listener's backlog.
func runHandler(ctx context.Context, e *cli.Env) error {
	limitMemory(e)
	logger := newHandlerLogger(e.Out)

	addr, err := customhandler.ListenAddr()
	if err != nil {
		return cli.Usage(fmt.Errorf("%w; use `dsr local` to run the app on this machine", err))
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp4", addr)
	if err != nil {
		logger.Error("can't listen where the host expects the handler", "error", err.Error())
		return &cli.ExitError{Code: cli.ExitFailed}
	}

	s, err := config.Load(e.Lookup)
	if err != nil {
		_ = listener.Close() // it has served nothing
		logFaults(logger, err)
		return &cli.ExitError{Code: cli.ExitUsage}
	}

	a, err := app.Connect(s, e.Now, logger)
	if err != nil {
		_ = listener.Close()
		logger.Error("can't start", "error", err.Error())
		return &cli.ExitError{Code: cli.ExitFailed}
	}

	return serve(ctx, a, listener, logger)
}

// serve answers the host until ctx ends, and then waits for the running invocations.
func serve(ctx context.Context, a *app.App, listener net.Listener, logger *slog.Logger) error {
	server := customhandler.New(&customhandler.Options{Logger: logger, Closing: func() {
		if err := a.Close(); err != nil {
			logger.Warn("a connection did not close", "error", err.Error())
		}
	}})

	a.Functions.Register(server)
	server.HandleHTTP(api.Prefix, a.API)
	logger.Info("listening", "addr", listener.Addr().String())
	return ended(server.Serve(ctx, listener), logger)
}

// ended logs how serving has ended, and returns the exit code of the process as an error.
func ended(served error, logger *slog.Logger) error {
	_, cutOff := errors.AsType[*customhandler.CutOffError](served)
	switch {
	case cutOff: // no error: the messages of cut-off invocations are delivered again
		logger.Warn("stopped", "error", served.Error())
	case served != nil:
		logger.Error("stopped", "error", served.Error())
		return &cli.ExitError{Code: cli.ExitFailed}
	default:
		logger.Info("stopped")
	}
	return &cli.ExitError{Code: exitRestart}
}

// logFaults logs a line for each setting that is wrong, because the host shows each line as
// an entry of its own.
func logFaults(logger *slog.Logger, err error) {
	faults, _ := errors.AsType[config.Error](err)
	for _, f := range faults {
		logger.Error("a setting is wrong", "setting", f.Setting, "problem", f.Problem)
	}
}
