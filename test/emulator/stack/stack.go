// Package stack runs the whole app on one machine: a broker, Azurite, a fake
// Azure ML, and a stand-in Functions host that starts the packaged handler. What
// the settings name already is used instead of being started.
package stack

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"azureml-dsr/test/emulator/azurite"
	"azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/servicebus"
)

// Options says what to start.
type Options struct {
	// AppDir is the packaged app, with its binary.
	AppDir string
	// Queues are the broker's.
	Queues servicebus.Config
	// Lookup finds settings that are made already: a service that they name is
	// not started. Nil: everything is started.
	Lookup func(name string) (string, bool)
	// Env are further settings of the handler, NAME=value; they come before the
	// stack's own.
	Env []string

	// Account is what the fake Azure ML holds, and Faults how it misbehaves.
	Account fakeml.Account
	Faults  []fakeml.Fault
	// AzuriteHome is where Azurite is installed; "" for where it is looked for.
	AzuriteHome string
	// DataDir keeps Azurite's blobs; "" keeps them in memory.
	DataDir string

	// Logger is the stack's own log and the host's. Default: nothing is logged.
	Logger *slog.Logger
	// HandlerOutput gets what the handler writes, a line a call. Default: it is
	// dropped.
	HandlerOutput io.Writer
	// OnHandlerStart is told of each start of the handler.
	OnHandlerStart func(pid int)
	// DrainTime is how long Stop lets invocations go on. Default 10 s.
	DrainTime time.Duration
}

func (o *Options) setDefaults() {
	if o.Lookup == nil {
		o.Lookup = func(string) (string, bool) { return "", false }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.HandlerOutput == nil {
		o.HandlerOutput = io.Discard
	}

	if o.DrainTime <= 0 {
		const defaultDrainTime = 10 * time.Second
		o.DrainTime = defaultDrainTime
	}
}

// Stack is what runs. A part that was not started is nil.
type Stack struct {
	// Broker is the Service Bus of the stack.
	Broker *servicebus.Server
	// Upstream is the fake Azure ML, and UpstreamURL where it listens.
	Upstream    *fakeml.Server
	UpstreamURL string
	// Azurite is the storage.
	Azurite *azurite.Process

	brokerAddr string // known before the broker serves
	env        []string
	host       *supervisor
	endings    []func() error // what Stop does, last first
}

// Start starts what the settings don't name and then the host. It returns when
// the handler answers. ctx bounds the start only. When it fails nothing is left
// running.
func Start(ctx context.Context, opts Options) (*Stack, error) {
	opts.setDefaults()
	s := &Stack{}
	if err := s.start(ctx, opts); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context, opts Options) error {
	settings := newSettings(opts.Lookup)
	if !settings.named("ServiceBusConnection", "ServiceBusConnection__fullyQualifiedNamespace") {
		if err := s.startBroker(ctx, opts); err != nil {
			return err
		}
		settings.set("ServiceBusConnection", servicebus.ConnectionString(s.brokerAddr))
	}

	if !settings.named("AZUREML_ARM_ENDPOINT", "AZUREML_MODELMANAGEMENT_ENDPOINT", "AZUREML_EXPERIMENTS_ENDPOINT") {
		if err := s.startUpstream(ctx, opts); err != nil {
			return err
		}
		settings.setUpstream(s.UpstreamURL)
	}

	if !settings.named("ExportStorage", "ExportStorage__blobServiceUri") {
		if err := s.startAzurite(ctx, opts); err != nil {
			return err
		}
		settings.setStorage(s.Azurite.ConnectionString())
	}

	settings.setDefaults(opts.Env)
	s.env = settings.list()
	host, err := supervise(ctx, opts, s.env)
	if err != nil {
		return err
	}

	s.host = host
	s.endings = append(s.endings, host.stop)

	return nil
}

// BrokerAddr is where the broker listens, HOST:PORT; "" when it was not started.
func (s *Stack) BrokerAddr() string { return s.brokerAddr }

// BlobEndpoint is the URL of the storage account in Azurite; "" when it was not
// started.
func (s *Stack) BlobEndpoint() string {
	if s.Azurite == nil {
		return ""
	}
	_, rest, _ := strings.Cut(s.Azurite.ConnectionString(), "BlobEndpoint=")
	url, _, _ := strings.Cut(rest, ";")
	return url
}

// Env returns the handler's settings as NAME=value: those that the stack made and
// those that were given.
func (s *Stack) Env() []string { return slices.Clone(s.env) }

// PID is the handler's process id, 0 when none runs just now.
func (s *Stack) PID() int { return s.host.pid() }

// Stop ends everything in order: first the host, so that nothing is begun that
// can't be stored, and the storage last. When it returns, no process and no
// goroutine is left.
func (s *Stack) Stop() error {
	var errs []error
	for i := len(s.endings) - 1; i >= 0; i-- {
		errs = append(errs, s.endings[i]())
	}
	s.endings = nil
	return errors.Join(errs...)
}
