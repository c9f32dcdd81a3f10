package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"azureml-dsr/internal/config"
	"azureml-dsr/test/appstack"
	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/stack"
)

// harnessOptions say what a harness is for.
type harnessOptions struct {
	Account fake.Account
	Latency time.Duration
	// Hosts is how many Functions hosts run at first, each with its handler.
	Hosts int
	// Env are further settings of the handlers, NAME=value.
	Env []string
	// Counted puts a counting proxy before storage, and counts at the broker's.
	Counted bool
}

// harness is the app on this machine, with what it needs, and our own connections
// to its queues and blobs.
type harness struct {
	*stack.Stack
	connections *config.Connections
	upstream    upstreamGauges
	requests    requestCounts // zero when nothing is counted
	peers       []*peer
}

// startHarness starts everything. When it fails nothing is left running.
func (b *bench) startHarness(ctx context.Context, opts harnessOptions) (*harness, error) {
	h := &harness{}
	var err error
	if h.Stack, err = appstack.Start(ctx, b.bin.dsr, b.stackOptions(h, opts)); err != nil {
		return nil, err
	}
	if h.connections, err = appstack.Connect(h.Stack); err != nil {
		return nil, errors.Join(err, h.Stop())
	}

	// Hosts come last, as cold as an export has always been measured with.
	if err := errors.Join(h.connections.EnsureContainers(ctx), h.addHosts(ctx, opts.Hosts)); err != nil {
		return nil, errors.Join(err, h.close())
	}

	return h, nil
}

// stackOptions lets a harness measure what calls a stack.
func (b *bench) stackOptions(h *harness, opts harnessOptions) stack.Options {
	o := stack.Options{
		AppDir:         filepath.Join(b.dir, "app"),
		Account:        opts.Account,
		Latency:        opts.Latency,
		BeforeUpstream: h.upstream.before,
		Queues:         peerQueues(),
		// As deployed: the stack's own settings make the handler look more often.
		Env: append([]string{"WATCH_SCHEDULE=0 */15 * * * *", "LOST_AFTER=15m"}, opts.Env...),
	}
	if opts.Counted {
		o.BeforeStorage = h.requests.beforeStorage
		o.BeforeBroker = h.requests.beforeBroker
	}
	return o
}

// addHosts starts Functions hosts, each with its handler, until there are n.
func (h *harness) addHosts(ctx context.Context, n int) error {
	for len(h.Hosts()) < n {
		if _, err := h.AddHost(ctx); err != nil {
			return err
		}
	}
	return nil
}

// handlers returns the process ids of the handlers.
func (h *harness) handlers() []int {
	var pids []int
	for _, host := range h.Hosts() {
		pids = append(pids, host.PID())
	}
	return pids
}

// close ends everything. Nothing is left when it returns.
func (h *harness) close() error {
	var errs []error
	for _, p := range h.peers {
		errs = append(errs, p.stop())
	}
	return errors.Join(append(errs, h.connections.Close(), h.Stop())...)
}
