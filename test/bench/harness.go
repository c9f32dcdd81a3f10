package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/test/emulator/azurite"
	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/functionshost"
	"azureml-dsr/test/emulator/servicebus"
)

// rigOptions say what a harness is for.
type harnessOptions struct {
	Account fake.Account
	Latency time.Duration
	// Env are further settings of the handlers, NAME=value.
	Env []string
	// Counted puts a counting proxy before storage, and counts at the broker's.
	Counted bool
}

// harness is the app on this machine, with what it needs, and our own connections
// to its queues and blobs.
type harness struct {
	app      string // the packaged app's folder
	upstream *upstream
	storage  string   // connection string, by the counting proxy if there is one
	broker   string   // connection string
	proxies  *proxies // nil when nothing is counted
	env      []string
	hosts    []*functionshost.Host

	ledger *ledger.Ledger
	bus    *bus.Bus

	endings []func() error // what stop does, last first
}

// startHarness starts everything but hosts. When it fails nothing is left running.
func (b *bench) startHarness(ctx context.Context, opts harnessOptions) (*harness, error) {
	r := &harness{app: b.bin.app}
	if err := r.start(ctx, opts); err != nil {
		return nil, errors.Join(err, r.stop())
	}
	return r, nil
}

func (r *harness) start(ctx context.Context, opts harnessOptions) (err error) {
	if r.upstream, err = startUpstream(ctx, opts.Account, opts.Latency); err != nil {
		return fmt.Errorf("starting the fake Azure ML: %w", err)
	}

	r.endings = append(r.endings, r.upstream.stop)
	store, err := azurite.Start(ctx, azurite.Options{})
	if err != nil {
		return err
	}

	r.endings = append(r.endings, store.Stop)
	r.storage = store.ConnectionString()

	if opts.Counted {
		if err := r.openProxies(ctx); err != nil {
			return err
		}
	}

	broker, err := r.startBroker(ctx)
	if err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}

	r.broker = broker
	r.env = append(r.settings(broker), opts.Env...)

	return r.connect(ctx, store.ConnectionString(), broker)
}

// settings are the handlers' and the hosts'.
func (r *harness) settings(broker string) []string {
	return []string{
		"FUNCTIONS_WORKER_RUNTIME=custom", "WATCH_SCHEDULE=0 */15 * * * *",
		"BULK_EXPORT_SCHEDULE=0 0 2 * * *", "AzureWebJobs.bulk_export.Disabled=true",
		"ServiceBusConnection=" + broker, "ExportStorage=" + r.storage, "LIST_PAGE_SIZE=1000",
		"AZUREML_ARM_ENDPOINT=" + r.upstream.url, "AZUREML_MODELMANAGEMENT_ENDPOINT=" + r.upstream.url,
		"AZUREML_EXPERIMENTS_ENDPOINT=" + r.upstream.url, "AZUREML_TOKEN=" + token,
	}
}

// startBroker runs a broker with the app's queues and gives its connection string.
func (r *harness) startBroker(ctx context.Context) (string, error) {
	file, err := os.Open(filepath.Join("deploy", "servicebus.config.json"))
	if err != nil {
		return "", err
	}
	defer file.Close()

	queues, err := servicebus.ParseConfig(file)
	if err != nil {
		return "", err
	}
	for _, name := range candidates[2:] {
		queues.Queues = append(queues.Queues, servicebus.QueueConfig{Name: peerQueue(name), LockDuration: time.Minute, MaxDeliveryCount: 10})
	}
	broker, err := servicebus.New(queues, nil)
	if err != nil {
		return "", err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return "", errors.Join(err, broker.Close())
	}

	address := servicebus.ConnectionString(l.Addr().String())

	if r.proxies != nil {
		l = countingListener{l, &r.proxies.bus}
	}

	served := make(chan error, 1)
	go func() { served <- broker.Serve(l) }()
	r.endings = append(r.endings, func() error { return errors.Join(broker.Close(), <-served) })

	return address, nil
}

// connect makes our own connections, by no proxy, and the containers.
func (r *harness) connect(ctx context.Context, storage, broker string) error {
	client := archive.Transport()
	r.endings = append(r.endings, func() error { client.CloseIdleConnections(); return nil })
	var archives []*archive.Archive
	for _, name := range []string{"dsr-audit", "dsr-exports", "dsr-index"} {
		backend, err := archive.Dial(archive.DialOptions{
			ConnectionString: storage,
			Container:        name,
			Transport:        client,
			PageSize:         1000,
		})
		if err != nil {
			return err
		}
		if err := backend.EnsureContainer(ctx); err != nil {
			return err
		}
		archives = append(archives, archive.New(backend, nil))
	}

	sender, err := azservicebus.NewClientFromConnectionString(broker, nil)
	if err != nil {
		return err
	}

	r.ledger, r.bus = ledger.New(archives[0], archives[1], archives[2]), bus.New(sender)
	r.endings = append(r.endings, r.closeBus)

	return nil
}

func (r *harness) closeBus() error {
	const closeTimeout = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return r.bus.Close(ctx)
}

// addHosts starts Functions hosts, each with its handler, until there are n.
func (r *harness) addHosts(ctx context.Context, n int) error {
	for len(r.hosts) < n {
		host, err := functionshost.Start(ctx, functionshost.Options{AppDir: r.app, Env: r.env, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return fmt.Errorf("starting a host: %w", err)
		}
		r.hosts = append(r.hosts, host)
		r.endings = append(r.endings, host.Stop)
	}
	return nil
}

// handlers are the process ids of the handlers.
func (r *harness) handlers() []int {
	var pids []int
	for _, h := range r.hosts {
		pids = append(pids, h.PID())
	}
	return pids
}

// stop ends everything, hosts first. Nothing is left when it returns.
func (r *harness) stop() error {
	var errs []error
	for _, end := range slices.Backward(r.endings) {
		errs = append(errs, end())
	}
	r.endings = nil
	return errors.Join(errs...)
}
