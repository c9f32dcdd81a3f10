package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"azureml-dsr/test/emulator/fakegraph"
	"azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/servicebus"
)

// Token is the bearer token of the fake Azure ML.
const Token = "local-token-of-the-fake"

// startBroker runs the broker on a free port.
func (s *Stack) startBroker(ctx context.Context) error {
	broker, err := servicebus.New(s.options.Queues, &servicebus.Options{Logger: s.options.Logger})
	if err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}
	l, err := listen(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("starting the broker: %w", err), broker.Close())
	}

	s.Broker, s.brokerAddr = broker, l.Addr().String()
	l = s.options.BeforeBroker(l)
	served := make(chan error, 1)
	go func() { served <- broker.Serve(l) }()
	s.endings = append(s.endings, func() error { return errors.Join(broker.Close(), <-served) })

	return nil
}

// startUpstream runs the fake Azure ML on a free port.
func (s *Stack) startUpstream(ctx context.Context) error {
	fake := fakeml.New(fakeml.Options{
		Account:  s.options.Account,
		Token:    Token,
		Faults:   s.options.Faults,
		PageSize: s.options.PageSize,
		Latency:  s.options.Latency,
	})
	s.callers = newCallers(s.options.BeforeUpstream(fake))

	url, err := s.serve(ctx, s.callers)
	if err != nil {
		return fmt.Errorf("starting the fake Azure ML: %w", err)
	}

	fake.SetBase(url)
	s.Upstream, s.UpstreamURL = fake, url

	return nil
}

// startGraph runs the fake directory of the fake account's people on a free port.
func (s *Stack) startGraph(ctx context.Context) error {
	var people []fakegraph.Person
	for _, p := range []fakeml.Person{s.options.Account.Subject(), s.options.Account.Namesake()} {
		people = append(people, fakegraph.Person{
			ID:                p.ObjectID,
			UserPrincipalName: p.UPN,
			Mail:              p.UPN,
			DisplayName:       p.Name,
		})
	}

	fake := fakegraph.New(fakegraph.Options{People: people})
	url, err := s.serve(ctx, fake)
	if err != nil {
		return fmt.Errorf("starting the fake directory: %w", err)
	}
	s.Graph, s.GraphURL = fake, url

	return nil
}

// serve runs an HTTP server on a free port until Stop, and returns its URL.
func (s *Stack) serve(ctx context.Context, handler http.Handler) (url string, err error) {
	l, err := listen(ctx)
	if err != nil {
		return "", err
	}

	const headerTimeout = 10 * time.Second
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	s.endings = append(s.endings, func() error {
		err := server.Close()
		if end := <-served; !errors.Is(end, http.ErrServerClosed) {
			err = errors.Join(err, end)
		}
		return err
	})

	return "http://" + l.Addr().String(), nil
}

func listen(ctx context.Context) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
}
