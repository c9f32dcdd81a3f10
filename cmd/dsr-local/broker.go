package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	azuremldsr "azureml-dsr"
	"azureml-dsr/internal/cli"
	"azureml-dsr/test/emulator/servicebus"
)

type brokerOptions struct {
	Config string
	Listen string
}

func newBrokerCmd(e *cli.Env) *cobra.Command {
	opts := brokerOptions{Listen: "127.0.0.1:5672"}
	cmd := &cobra.Command{
		Use:   "broker",
		Short: "Run the Service Bus broker alone on this machine",
		Long: `Runs a stand-in for Azure Service Bus until Ctrl-C. It prints the connection
string for clients, in the form of Microsoft's emulator, when it is ready. Queues
are kept in memory, and any key opens them, so it listens on this machine only.

The queues are described in the format of Microsoft's emulator. Topics, sessions
and transactions are not implemented.`,
		Example: "  dsr broker\n  dsr broker --config deploy/servicebus.config.json --listen 127.0.0.1:0",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runBroker(cmd.Context(), e, opts)
		},
	}

	cmd.Flags().StringVar(&opts.Config, "config", "", "file that describes the queues (default: the app's own queues)")
	cmd.Flags().StringVar(&opts.Listen, "listen", opts.Listen, "address to listen on; port 0 is any free one")

	return cmd
}

func runBroker(ctx context.Context, e *cli.Env, opts brokerOptions) error {
	cfg, err := readQueues(opts.Config)
	if err != nil {
		return cli.Usage(fmt.Errorf("--config: %w", err))
	}
	l, err := listenLocally(ctx, opts.Listen)
	if err != nil {
		return cli.Usage(fmt.Errorf("--listen: %w", err))
	}
	broker, err := servicebus.New(cfg, nil)
	if err != nil {
		return errors.Join(err, l.Close())
	}

	served := make(chan error, 1)
	go func() { served <- broker.Serve(l) }()
	if _, err := fmt.Fprintln(e.Out, servicebus.ConnectionString(l.Addr().String())); err != nil {
		return errors.Join(fmt.Errorf("writing: %w", err), broker.Close(), <-served)
	}

	select {
	case <-ctx.Done():
		return errors.Join(broker.Close(), <-served)
	case err := <-served:
		return errors.Join(err, broker.Close())
	}
}

// readQueues reads the queues from a file, or those of the app without one.
func readQueues(file string) (servicebus.Config, error) {
	if file == "" {
		return servicebus.ParseConfig(strings.NewReader(azuremldsr.QueuesJSON))
	}
	f, err := os.Open(file)
	if err != nil {
		return servicebus.Config{}, fmt.Errorf("%w; name a file in the format of deploy/servicebus.config.json", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	return servicebus.ParseConfig(f)
}

// listenLocally listens on a loopback address, which no other machine can reach.
func listenLocally(ctx context.Context, address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%q is no address; write HOST:PORT, like 127.0.0.1:5672", address)
	}

	if host == "" || host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("%q can be reached by others, and any key opens the broker; use 127.0.0.1", host)
	}

	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use; name another port, or 0 for any free one", address)
	case err != nil:
		return nil, fmt.Errorf("%w; name a port from 0 to 65535 that you may listen on", err)
	}

	return l, nil
}
