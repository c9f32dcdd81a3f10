// Package customhandler implements the custom-handler protocol of the Azure Functions host.
// The host posts each invocation as JSON to a local HTTP server, and the answer reports
// whether it succeeded. The package decodes invocations into typed values and passes them to
// the registered functions.
package customhandler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	defaultInvocationTimeout = 9 * time.Minute
	defaultGraceTime         = 30 * time.Second

	// The host keeps idle connections for two minutes. A server that closes one earlier
	// may do so just as the host sends a request.
	idleTimeout       = 5 * time.Minute
	readHeaderTimeout = 10 * time.Second
)

// MessageFunc handles one Service Bus message. With a nil error the invocation succeeds.
// Any other error is logged, unless it is [Reported], and makes the host abandon the
// message.
type MessageFunc func(context.Context, Message) error

// TimerFunc handles one firing of a timer. The host does not repeat a failed firing.
type TimerFunc func(context.Context, Timer) error

// Options configure a Server. Nil means all defaults.
type Options struct {
	// Logger receives failures and panics, with function and invocationId. Nothing of a
	// body or of metadata is logged. Nil means slog.Default().
	Logger *slog.Logger

	// InvocationTimeout bounds each invocation's context. Keep it below the host's
	// functionTimeout, after which the host kills the whole process. Zero means 9 minutes.
	InvocationTimeout time.Duration

	// GraceTime is how long Serve lets invocations in flight continue after its context
	// has ended. Zero means 30 seconds.
	GraceTime time.Duration

	// Closing is called when Serve stops and no longer waits for invocations. It may
	// block, because Serve still holds new invocations back. Nil means that nothing is
	// called.
	Closing func()
}

// Server answers the Functions host. Create it with New and register every function before
// serving. Registering while it serves is not safe.
type Server struct {
	logger            *slog.Logger
	invocationTimeout time.Duration
	graceTime         time.Duration
	closing           func()
	routes            map[string]invocation
	prefix            string       // of the paths that web handles
	web               http.Handler // nil: no HTTP
	gate              gate
	stopped           chan struct{} // closed when Serve no longer waits for invocations
}

// New returns a Server without functions. Nil options are all defaults.
func New(opts *Options) *Server {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.InvocationTimeout <= 0 {
		o.InvocationTimeout = defaultInvocationTimeout
	}
	if o.GraceTime <= 0 {
		o.GraceTime = defaultGraceTime
	}
	if o.Closing == nil {
		o.Closing = func() {}
	}

	return &Server{
		logger:            o.Logger,
		invocationTimeout: o.InvocationTimeout,
		graceTime:         o.GraceTime,
		closing:           o.Closing,
		routes:            map[string]invocation{},
		stopped:           make(chan struct{}),
	}
}

// HandleMessage registers f for a Service Bus function. The function is named as its folder
// is, in the same case. The binding is the trigger's name in function.json, where dataType
// must be binary. HandleMessage panics if the function is already registered.
func (s *Server) HandleMessage(function, binding string, f MessageFunc) {
	s.register(function, func(ctx context.Context, call call) error {
		m, err := decodeMessage(call.body, binding, call.cut)
		if err != nil {
			return err
		}
		m.Function, m.InvocationID, m.TraceParent = function, call.invocationID, call.traceParent
		return f(ctx, m)
	})
}

// HandleTimer registers f for a timer function. The names are those of HandleMessage.
func (s *Server) HandleTimer(function, binding string, f TimerFunc) {
	s.register(function, func(ctx context.Context, call call) error {
		t, err := decodeTimer(call.body, binding)
		if err != nil {
			return err
		}
		t.Function, t.InvocationID, t.TraceParent = function, call.invocationID, call.traceParent
		return f(ctx, t)
	})
}

func (s *Server) register(function string, run invocation) {
	if _, twice := s.routes[function]; twice {
		panic("customhandler: function " + function + " is registered twice")
	}
	s.routes[function] = run
}

// Serve answers the host on l until ctx ends. It then gives the invocations in flight
// GraceTime to finish and holds new ones back. It returns nil when all have finished, a
// [CutOffError] when some have not, and another error when it could not serve. It closes l.
// A Server serves only once.
//
// A new invocation is held back without an answer until Serve returns. The host would
// abandon the message of a refused one, and the queue would deliver it again at once: within
// seconds every waiting message would have used up its deliveries. End the process as soon
// as Serve has returned.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	base, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()

	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}

	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()

	select {
	case err := <-served:
		return fmt.Errorf("serving the functions host: %w", err)
	case <-ctx.Done():
	}

	// The listener stays open meanwhile, since the host takes a refused connection as a
	// refused invocation.
	err := s.drain()
	cutOff()
	s.closing()
	_ = srv.Close()
	close(s.stopped)

	if ended := <-served; err == nil && !errors.Is(ended, http.ErrServerClosed) {
		err = ended
	}

	return err
}

// drain waits for the invocations in flight, at most for GraceTime.
func (s *Server) drain() error {
	idle := s.gate.close()
	timer := time.NewTimer(s.graceTime)
	defer timer.Stop()
	select {
	case <-idle:
		return nil
	case <-timer.C:
		return &CutOffError{Invocations: s.gate.inFlight(), After: s.graceTime}
	}
}

// CutOffError reports that invocations outlasted the grace time. The host has no answer to
// them, so their messages are delivered again.
type CutOffError struct {
	Invocations int           // still in flight
	After       time.Duration // the grace time
}

// Error returns how many invocations were cut off, and after how long.
func (e *CutOffError) Error() string {
	return fmt.Sprintf("stopping: %d invocations were still in flight after %s", e.Invocations, e.After)
}
