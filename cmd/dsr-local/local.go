package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/appstack"
	"azureml-dsr/test/emulator/stack"
)

// idTime is the layout of the time in a request's id.
const idTime = "20060102-150405"

type localOptions struct {
	Runs int
}

func newLocalCmd(e *cli.Env) *cobra.Command {
	opts := localOptions{Runs: defaultRuns}
	cmd := &cobra.Command{
		Use:   "local",
		Short: "Run the whole app on this machine",
		Long: `Starts everything on this machine until Ctrl-C: a Service Bus broker, Azurite as
blob storage, a fake Azure ML with made-up people, and a Functions host that runs
the same handler as in Azure. A service that the environment names already
(ServiceBusConnection, ExportStorage, AZUREML_*_ENDPOINT) is used instead.

The settings are written to .dsr/local.env, where submit, status, download and
verify find them, and an example request to .dsr/request.json. Blobs are kept in
.dsr/azurite; queues are kept in memory.

Azurite is found in AZURITE_HOME or .bin/azurite; ` + "`make tools`" + ` installs it.`,
		Example: "  dsr local\n  dsr local --runs 2000\n\n  # in another terminal:\n  dsr submit .dsr/request.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runLocal(cmd.Context(), e, opts)
		},
	}

	cmd.Flags().IntVar(&opts.Runs, "runs", opts.Runs, "runs that the fake account holds")
	return cmd
}

func runLocal(ctx context.Context, e *cli.Env, opts localOptions) (err error) {
	if err := checkRuns(opts.Runs); err != nil {
		return err
	}
	free, err := occupyFolder("local")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, free()) }()

	s, err := startStack(ctx, stack.Options{
		AppDir:        filepath.Join(config.LocalDir, "app"),
		Lookup:        e.Lookup,
		Account:       fakeAccount(opts.Runs),
		Env:           localScopes(e.Lookup, fakeAccount(opts.Runs)),
		DataDir:       filepath.Join(config.LocalDir, "azurite"),
		TimerDir:      filepath.Join(config.LocalDir, "azurite", "timers"),
		Logger:        slog.New(slog.NewTextHandler(e.Err, nil)),
		HandlerOutput: e.Err,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()

	if err := prepare(ctx, s); err != nil {
		return err
	}
	id := "local-" + e.Now().UTC().Format(idTime)
	if err := writeLocalFiles(s, fakeRequest(id, fakeAccount(opts.Runs))); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(config.LocalEnvFile())) }() // the services that it names are gone

	addresses, err := signInAddresses(ctx, s)
	if err != nil {
		return err
	}
	if err := printWhatRuns(e.Out, s, id, addresses); err != nil {
		return err
	}

	<-ctx.Done()

	return e.Say("Stopping.\n")
}

// prepare makes the containers, so that operators' commands find them before the first
// request.
func prepare(ctx context.Context, s *stack.Stack) (err error) {
	c, err := appstack.Connect(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return c.EnsureContainers(ctx)
}

// writeLocalFiles writes the settings, which hold keys, and an example request.
func writeLocalFiles(s *stack.Stack, example dsr.Request) error {
	if err := cli.WritePrivate(config.LocalEnvFile(), []byte(config.FormatEnvFile(append(s.Env(), "DSR_API="+apiAddress(s))))); err != nil {
		return err
	}
	body, err := json.MarshalIndent(example, "", "  ")
	if err != nil {
		return fmt.Errorf("making the example request: %w", err)
	}
	return cli.WritePrivate(exampleFile(), append(body, '\n'))
}

func exampleFile() string { return filepath.Join(config.LocalDir, "request.json") }

// printWhatRuns prints what a stack runs, and which commands to try.
func printWhatRuns(out io.Writer, s *stack.Stack, id string, addresses []string) error {
	line := func(started bool, text string) string {
		if started {
			return text
		}
		return "as the environment says"
	}

	_, err := fmt.Fprintf(out, `The app runs on this machine:
  Service Bus   %s
  Blob storage  %s
  Azure ML      %s
  Functions     handler with process id %d
  API           %s, with the token DSR_API_TOKEN of %s

Open the page as one person, and in another browser as a second one, who approves what
the first asks for. Each address works once:
  %s
  %s

Settings are in %s. In another terminal, in this folder:
  %s submit %s
  %s status %s --watch

Ctrl-C ends it.
`,
		line(s.Broker != nil, "broker on "+s.BrokerAddr()+"; queues "+strings.Join([]string{dsr.QueueRequests, dsr.QueueExports, dsr.QueueDeletes, dsr.QueueApprovals, dsr.QueueCallbacks, dsr.QueueCopies, dsr.QueueClosings}, ", ")),
		line(s.Azurite != nil, "Azurite on "+s.BlobEndpoint()+", kept in "+filepath.Join(config.LocalDir, "azurite")),
		line(s.Upstream != nil, "fake on "+s.UpstreamURL+"; what it was asked: "+s.UpstreamURL+"/_served"),
		s.Hosts()[0].PID(), apiAddress(s), config.LocalEnvFile(), addresses[0], addresses[1], config.LocalEnvFile(), dsrCommand(), exampleFile(), dsrCommand(), id)
	if err != nil {
		return fmt.Errorf("writing: %w", err)
	}

	return nil
}
