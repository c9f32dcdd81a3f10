// Package stack runs the whole app on one machine: a broker, Azurite, a fake
// Azure ML, and stand-in Functions hosts that start the packaged handler. What
// the settings name already is used instead of being started. Whoever starts it
// may put a proxy of its own before each service.
package stack

import (
	"context"
	"errors"
	"slices"

	"azureml-dsr/test/emulator/azurite"
	"azureml-dsr/test/emulator/fakegraph"
	"azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/servicebus"
)

// Stack is what runs. A part that was not started is nil.
type Stack struct {
	// Broker is the Service Bus of the stack.
	Broker *servicebus.Server
	// Upstream is the fake Azure ML, and UpstreamURL where it is called, through
	// what stands before it.
	Upstream    *fakeml.Server
	UpstreamURL string
	// Graph is the fake directory, and GraphURL where it is called.
	Graph    *fakegraph.Server
	GraphURL string
	// Azurite is the storage; RestartStorage replaces it.
	Azurite *azurite.Process

	options    Options
	brokerAddr string // known before the broker serves
	callers    *callers

	storage, directStorage string        // connection strings
	storageProxy           *movableProxy // nil when handlers call Azurite directly

	env     []string
	hosts   []*Host
	endings []func() error // what Stop does, last first
}

// Start starts what the settings don't name and then the hosts. It returns when
// each handler answers. ctx bounds the start only. When it fails nothing is left
// running.
func Start(ctx context.Context, opts Options) (*Stack, error) {
	opts.setDefaults()
	s := &Stack{options: opts}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context) error {
	settings := newSettings(s.options.Lookup)
	if !settings.named("ServiceBusConnection", "ServiceBusConnection__fullyQualifiedNamespace") {
		if err := s.startBroker(ctx); err != nil {
			return err
		}
		settings.set("ServiceBusConnection", servicebus.ConnectionString(s.brokerAddr))
	}

	if !settings.named("AZUREML_ARM_ENDPOINT", "AZUREML_MODELMANAGEMENT_ENDPOINT", "AZUREML_EXPERIMENTS_ENDPOINT") {
		if err := s.startUpstream(ctx); err != nil {
			return err
		}
		settings.setUpstream(s.UpstreamURL)
		if !settings.named("GRAPH_ENDPOINT") {
			if err := s.startGraph(ctx); err != nil {
				return err
			}
			settings.setGraph(s.GraphURL)
		}
	}

	if !settings.named("ExportStorage", "ExportStorage__blobServiceUri") {
		if err := s.startStorage(ctx); err != nil {
			return err
		}
		settings.setStorage(s.Storage())
	}

	settings.setDefaults(s.options.Env)
	s.env = settings.list()

	for range s.options.Hosts {
		if _, err := s.AddHost(ctx); err != nil {
			return err
		}
	}

	return nil
}

// AddHost starts one more host and returns it when its handler answers. ctx bounds
// the start only. Stop ends the host with the others.
func (s *Stack) AddHost(ctx context.Context) (*Host, error) {
	env := slices.Clone(s.env)
	if each := s.options.BeforeUpstreamOfEach; each != nil && s.callers != nil {
		env = append(env, "AZUREML_TOKEN="+s.callers.add(each))
	}

	host, err := startHost(ctx, len(s.hosts), env, s.options)
	if err != nil {
		return nil, err
	}

	s.hosts = append(s.hosts, host)
	s.endings = append(s.endings, host.stop)

	return host, nil
}

// Hosts returns the hosts in the order of their start.
func (s *Stack) Hosts() []*Host { return slices.Clone(s.hosts) }

// BrokerAddr is where the broker listens, HOST:PORT; "" when it was not started.
func (s *Stack) BrokerAddr() string { return s.brokerAddr }

// Env returns the handlers' settings as NAME=value: those that the stack made and
// those that were given.
func (s *Stack) Env() []string { return slices.Clone(s.env) }

// Stop ends everything in order, the hosts first, so that nothing is begun that
// can't be stored. When it returns, no process and no goroutine is left.
func (s *Stack) Stop() error {
	var errs []error
	for _, end := range slices.Backward(s.endings) {
		errs = append(errs, end())
	}
	s.endings = nil
	return errors.Join(errs...)
}
