package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"azureml-dsr/test/emulator/azurite"
	"azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/servicebus"
)

// Token is the bearer token of the fake Azure ML.
const Token = "local-token-of-the-fake"

// startBroker runs the broker on a free port.
func (s *Stack) startBroker(ctx context.Context, opts Options) error {
	broker, err := servicebus.New(opts.Queues, &servicebus.Options{Logger: opts.Logger})
	if err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}
	l, err := listen(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("starting the broker: %w", err), broker.Close())
	}

	served := make(chan error, 1)
	go func() { served <- broker.Serve(l) }()
	s.endings = append(s.endings, func() error { return errors.Join(broker.Close(), <-served) })
	s.Broker, s.brokerAddr = broker, l.Addr().String()

	return nil
}

// startUpstream runs the fake Azure ML on a free port.
func (s *Stack) startUpstream(ctx context.Context, opts Options) error {
	l, err := listen(ctx)
	if err != nil {
		return fmt.Errorf("starting the fake Azure ML: %w", err)
	}

	fake := fakeml.New(fakeml.Options{Account: opts.Account, Token: Token, Faults: opts.Faults})
	s.UpstreamURL = "http://" + l.Addr().String()
	fake.SetBase(s.UpstreamURL)
	const headerTimeout = 10 * time.Second
	server := &http.Server{Handler: fake, ReadHeaderTimeout: headerTimeout}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	s.endings = append(s.endings, func() error {
		err := server.Close()
		if end := <-served; !errors.Is(end, http.ErrServerClosed) {
			err = errors.Join(err, end)
		}
		return err
	})

	s.Upstream = fake

	return nil
}

func (s *Stack) startAzurite(ctx context.Context, opts Options) error {
	process, err := azurite.Start(ctx, azurite.Options{Home: opts.AzuriteHome, Location: opts.DataDir})
	if err != nil {
		return err
	}
	s.endings = append(s.endings, process.Stop)
	s.Azurite = process
	return nil
}

func listen(ctx context.Context) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
}
