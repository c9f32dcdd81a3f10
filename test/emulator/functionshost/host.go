package functionshost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

const (
	defaultDrainTime = 30 * time.Second
	closeTimeout     = 5 * time.Second
)

// Options of a Host.
type Options struct {
	AppDir string   // the packaged folder, with host.json and */function.json
	Env    []string // app settings, KEY=VALUE; they add to this process's environment and come before it

	Logger  *slog.Logger  // the host's own log; nil: slog.Default()
	Stdout  io.Writer     // gets the handler's output, stderr too, a line a call; nil: dropped
	OnStart func(pid int) // called at each start of the handler

	// HTTPAddr is where HTTP triggers are served, HOST:PORT. "": a free port of
	// 127.0.0.1, which URL returns.
	HTTPAddr string
	// HTTPKey is the key that callers of the levels function and admin must show,
	// in the header x-functions-key or as code in the query. "": keys aren't asked
	// for, as under `func start`.
	HTTPKey string
	// StateDir keeps the schedule status of timers over restarts, a file each. "":
	// it ends with the host.
	StateDir string

	// DrainTime is how long Stop lets invocations in flight go on. Zero: 30 s.
	DrainTime time.Duration
}

func (o *Options) setDefaults() {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Stdout == nil {
		o.Stdout = io.Discard
	}
	if o.DrainTime <= 0 {
		o.DrainTime = defaultDrainTime
	}
}

// lookup finds an app setting, the last one of a name first.
func (o *Options) lookup(name string) (string, bool) {
	for i := len(o.Env) - 1; i >= 0; i-- {
		if k, v, _ := strings.Cut(o.Env[i], "="); k == name {
			return v, true
		}
	}
	return os.LookupEnv(name)
}

// listener turns what a trigger brings into invocations until listen ends; it
// returns when its last invocation has. Invocations run under invoke.
type listener interface {
	run(listen, invoke context.Context)
}

// invoker runs one invocation; nil means that it succeeded.
type invoker interface {
	invoke(ctx context.Context, function string, body []byte) error
}

// Host runs one app.
type Host struct {
	log       *slog.Logger
	drainTime time.Duration
	worker    *worker
	listeners []listener
	clients   map[Connection]*azservicebus.Client
	url       string

	stopOnce sync.Once
	stop     chan struct{}
	done     chan struct{}
	err      error // why the host stopped by itself; set before done is closed
	closeErr error // likewise, what Stop reports
}

// Start loads the app, starts its handler and its listeners, and returns when
// the handler answers. Functions that can't be loaded are logged and left out.
// ctx bounds the start only: the host runs until Stop, or until its handler
// has failed too often. When Start fails nothing is left running.
func Start(ctx context.Context, opts Options) (*Host, error) {
	opts.setDefaults()
	app, err := Load(opts.AppDir, opts.lookup)
	if err != nil {
		return nil, fmt.Errorf("loading the app: %w", err)
	}

	for _, bad := range app.Bad {
		opts.Logger.Error("a function is left out", "error", bad)
	}

	for _, name := range app.Disabled {
		opts.Logger.Info("a function is disabled", "function", name)
	}

	h := &Host{
		log:       opts.Logger,
		drainTime: opts.DrainTime,
		clients:   map[Connection]*azservicebus.Client{},
		stop:      make(chan struct{}),
		done:      make(chan struct{}),
	}
	if h.worker, err = newWorker(app, opts); err != nil {
		return nil, err
	}
	if err := h.listen(app, opts); err != nil {
		return nil, errors.Join(err, h.closeClients())
	}

	go h.run()
	if _, err := h.worker.awaitReady(ctx); err != nil {
		h.worker.fail(err) // so that no invocation waits on
		return nil, errors.Join(fmt.Errorf("waiting for the handler: %w", err), h.Stop())
	}

	return h, nil
}

// listen makes a listener for each function, one for all with an HTTP trigger;
// none begins yet.
func (h *Host) listen(app *App, opts Options) error {
	var overHTTP []Function
	for _, f := range app.Functions {
		switch {
		case f.HTTP != nil:
			overHTTP = append(overHTTP, f)
		case f.Timer != nil:
			h.listeners = append(h.listeners, &timerListener{
				name:    f.Name,
				binding: f.Binding,
				trigger: *f.Timer,
				status:  statusFileOf(opts.StateDir, f.Name),
				invoker: h.worker,
				log:     h.log.With("function", f.Name),
			})

		default:
			l, err := h.busListener(f)
			if err != nil {
				return fmt.Errorf("function %s: opening its queue: %w", f.Name, err)
			}
			h.listeners = append(h.listeners, l)
		}
	}
	if len(overHTTP) == 0 {
		return nil
	}
	l, err := listenHTTP(opts.HTTPAddr) // last: after an error nobody would close it
	if err != nil {
		return err
	}

	h.url = "http://" + l.Addr().String()
	h.listeners = append(h.listeners, &httpListener{
		listener:  l,
		functions: overHTTP,
		prefix:    app.RoutePrefix,
		forwarded: app.Forward,
		key:       opts.HTTPKey,
		invoker:   h.worker,
		log:       h.log,
	})

	return nil
}

func (h *Host) busListener(f Function) (*busListener, error) {
	receiver, err := h.receiver(*f.ServiceBus)
	if err != nil {
		return nil, err
	}
	late, err := h.receiver(*f.ServiceBus) // connects only when it is used
	if err != nil {
		return nil, err
	}
	return &busListener{
		name:       f.Name,
		binding:    f.Binding,
		trigger:    *f.ServiceBus,
		client:     newBusClient(f.ServiceBus.Connection),
		receiver:   receiver,
		late:       late,
		linkClosed: make(chan struct{}),
		invoker:    h.worker,
		log:        h.log.With("function", f.Name),
	}, nil
}

// receiver opens a receiver; triggers of one connection share its client.
func (h *Host) receiver(t ServiceBusTrigger) (*azservicebus.Receiver, error) {
	client := h.clients[t.Connection]
	if client == nil {
		var err error
		if client, err = t.Connection.client(); err != nil {
			return nil, err
		}
		h.clients[t.Connection] = client
	}

	var opts azservicebus.ReceiverOptions

	if t.DeadLetter {
		opts.SubQueue = azservicebus.SubQueueDeadLetter
	}

	return client.NewReceiverForQueue(t.Queue, &opts)
}

// run runs the host until it stops. Listeners don't wait for the handler.
func (h *Host) run() {
	defer close(h.done)

	listenCtx, stopListening := context.WithCancel(context.Background())
	invokeCtx, cutOff := context.WithCancel(context.Background())
	workerCtx, killHandler := context.WithCancel(context.Background())
	defer stopListening()
	defer cutOff()
	defer killHandler()

	var working, listening sync.WaitGroup
	working.Go(func() { h.worker.run(workerCtx) })

	for _, l := range h.listeners {
		listening.Go(func() { l.run(listenCtx, invokeCtx) })
	}

	select {
	case <-h.stop:
	case <-h.worker.failed:
		h.err = h.worker.failure
		h.log.Error("the host stops", "error", h.err)
	}

	stopListening()
	h.drain(&listening, cutOff)
	killHandler()
	working.Wait()
	h.worker.client.CloseIdleConnections()
	h.closeErr = h.closeClients()
}

// drain waits for the listeners, and cancels their invocations when they take too
// long; the messages are then abandoned.
func (h *Host) drain(listening *sync.WaitGroup, cutOff context.CancelFunc) {
	timer := time.AfterFunc(h.drainTime, cutOff)
	defer timer.Stop()
	listening.Wait()
}

func (h *Host) closeClients() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	var errs []error
	for _, c := range h.clients {
		if err := c.Close(ctx); err != nil {
			errs = append(errs, fmt.Errorf("closing a Service Bus client: %w", err))
		}
	}
	return errors.Join(errs...)
}

// Wait blocks until the host has stopped: nil after Stop, an error when it
// stopped by itself because its handler had failed too often.
func (h *Host) Wait() error {
	<-h.done
	return h.err
}

// Stop stops the listeners, lets invocations in flight finish for DrainTime,
// and kills the handler with SIGKILL, as the real host does. When it returns,
// the process and all goroutines are gone. It may be called more than once.
func (h *Host) Stop() error {
	h.stopOnce.Do(func() { close(h.stop) })
	<-h.done
	return h.closeErr
}

// PID returns the handler's process id, or 0 when none runs just now.
func (h *Host) PID() int { return h.worker.pid() }

// URL returns where HTTP triggers are served, such as http://127.0.0.1:7071; "" when
// the app has none.
func (h *Host) URL() string { return h.url }
