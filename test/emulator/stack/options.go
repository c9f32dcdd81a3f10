package stack

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/servicebus"
)

// Options says what to start, and what stands before it.
type Options struct {
	// AppDir is the packaged app, with its binary.
	AppDir string
	// Hosts is how many hosts Start starts, each with a handler of its own.
	// AddHost starts more.
	Hosts int
	// Queues are the broker's.
	Queues servicebus.Config
	// Lookup finds settings that are made already: a service that they name is
	// not started. Nil: everything is started.
	Lookup func(name string) (string, bool)
	// Env are further settings of the handlers, NAME=value; they come before the
	// stack's own.
	Env []string

	// Account is what the fake Azure ML holds, and Faults how it misbehaves.
	Account fakeml.Account
	Faults  []fakeml.Fault
	// PageSize is the most items of a page of the fake's lists. Default: the fake's.
	PageSize int
	// Latency is what the fake waits before each answer.
	Latency time.Duration
	// AzuriteHome is where Azurite is installed; "" for where it is looked for.
	AzuriteHome string
	// DataDir keeps Azurite's blobs; "" keeps them in memory.
	DataDir string
	// TimerDir keeps what the hosts' timers have done; "" forgets it with a host.
	TimerDir string

	// BeforeUpstream wraps the fake for all who call it: it may count calls, limit,
	// refuse or delay them. Nil: nothing stands before the fake.
	BeforeUpstream func(fake http.Handler) http.Handler
	// BeforeUpstreamOfEach is called once for each host, and wraps the fake for the
	// calls of that host's handler alone. Nil: nothing does.
	BeforeUpstreamOfEach func(upstream http.Handler) http.Handler
	// BeforeStorage wraps Azurite for the handlers. Nil: they call it directly.
	BeforeStorage func(azurite http.Handler) http.Handler
	// BeforeBroker wraps what the broker listens on. Nil: nothing does.
	BeforeBroker func(net.Listener) net.Listener

	// Logger is the stack's own log and the hosts'. Default: nothing is logged.
	Logger *slog.Logger
	// HandlerOutput gets what the handlers write, a line a call. Default: it is
	// dropped.
	HandlerOutput io.Writer
	// OnHandlerStart is told of each start of a handler, and on which of the hosts,
	// counted from 0.
	OnHandlerStart func(host, pid int)
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
	if o.OnHandlerStart == nil {
		o.OnHandlerStart = func(int, int) {}
	}

	if o.BeforeUpstream == nil {
		o.BeforeUpstream = func(fake http.Handler) http.Handler { return fake }
	}
	if o.BeforeBroker == nil {
		o.BeforeBroker = func(l net.Listener) net.Listener { return l }
	}

	if o.DrainTime <= 0 {
		const defaultDrainTime = 10 * time.Second
		o.DrainTime = defaultDrainTime
	}
}
