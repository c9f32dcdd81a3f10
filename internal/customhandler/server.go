// Package customhandler speaks the Azure Functions host's custom-handler
// protocol: the host posts each invocation as JSON to a local HTTP server, and
// the answer reports whether it succeeded. Invocations reach their functions as
// typed values; what the functions do with them is not this package's matter.
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

	// The host pools its connections for two minutes. A server that closes one
	// earlier can close it under a request.
	idleTimeout       = 5 * time.Minute
	readHeaderTimeout = 10 * time.Second
)

// MessageFunc handles one Service Bus message. A nil error tells the host that
// the invocation succeeded; any other is logged, unless it is [Reported], and
// makes the host abandon the message.
type MessageFunc func(context.Context, Message) error

// TimerFunc handles one firing of a timer. A failed firing is not repeated.
type TimerFunc func(context.Context, Timer) error

// Options of a Server. Nil means all defaults.
type Options struct {
	// Logger gets failures and panics, with function and invocationId.
	// Nothing of a body or of metadata is logged. Nil: slog.Default().
	Logger *slog.Logger

	// InvocationTimeout is the deadline of each invocation's context. Keep it
	// below functionTimeout: past that, the host kills the whole process.
	// Zero: 9 minutes.
	InvocationTimeout time.Duration

	// GraceTime is how long Serve lets invocations in flight go on after its
	// context has ended. Zero: 30 seconds.
	GraceTime time.Duration

	// Closing is called when Serve stops and waits for no invocation any more:
	// what it closes may take its time, for new invocations are still held back.
	// Nil: nothing is called.
	Closing func()
}

// Server answers the Functions host. Create it with New, register every
// function, then serve; it isn't safe to register while serving.
type Server struct {
	logger            *slog.Logger
	invocationTimeout time.Duration
	graceTime         time.Duration
	closing           func()
	routes            map[string]invocation
	gate              gate
	stopped           chan struct{} // closed when Serve waits for no invocation any more
}

// New returns a Server without functions.
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
		closing:           o.Closing,
		logger:            o.Logger,
		invocationTimeout: o.InvocationTimeout,
		graceTime:         o.GraceTime,
		routes:            map[string]invocation{},
		stopped:           make(chan struct{}),
	}
}

// HandleMessage registers f for a Service Bus function. function is the
// folder's name, as it is spelled there; binding is the trigger's name in
// function.json, where dataType must be binary. It panics if the function is
// already registered, for that is a mistake in the program.
func (s *Server) HandleMessage(function, binding string, f MessageFunc) {
	s.register(function, func(ctx context.Context, call call) error {
		m, err := decodeMessage(call.body, binding)
		if err != nil {
			return err
		}
		m.Function, m.InvocationID, m.TraceParent = function, call.invocationID, call.traceParent
		return f(ctx, m)
	})
}

// HandleTimer registers f for a timer function; see HandleMessage.
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

// Serve answers the host on l until ctx ends. Then those in flight may go on for
// GraceTime, new ones are held back, and Serve returns: nil when all finished, a
// [CutOffError] when some did not, and any other error when it could not serve.
// It closes l. A Server serves once.
//
// New ones are held back until their connection ends with the process, because
// the host abandons what is refused, and the queue delivers that again at once:
// refusing would spend all deliveries of every message that waits, within seconds.
// So the process should end as soon as Serve has returned.
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

	// The listener stays open meanwhile: a refused connection is a refusal, too.
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

// drain waits for the invocations in flight, for GraceTime at most.
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

// CutOffError says that invocations outlasted the grace time. Nobody has told the
// host that they succeeded, so their messages come again.
type CutOffError struct {
	Invocations int
	After       time.Duration
}

func (e *CutOffError) Error() string {
	return fmt.Sprintf("stopping: %d invocations were still in flight after %s", e.Invocations, e.After)
}
