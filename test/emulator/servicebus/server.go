package servicebus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"azureml-dsr/test/emulator/servicebus/queue"
)

const (
	// maxConns bounds how many connections are served at once; a further one is
	// closed at once.
	maxConns = 1000
	// maxQueueBytes is the size of a queue, by the smallest quota of Service Bus.
	// Here the overhead of each message counts too.
	maxQueueBytes = 1 << 30
)

// Options are settings of a [Server]. Nil is all defaults.
type Options struct {
	// Logger is told about connections and refusals: names of entities and
	// error conditions, never contents. Default: nothing is logged.
	Logger *slog.Logger
}

// Server is a broker. Make one with [New] or, in tests, [Start].
type Server struct {
	log    *slog.Logger
	clock  *queue.Clock
	queues map[string]*queue.Queue // by name in lower case
	faults faults
	memory bank
	// maxMessage bounds a message in bytes.
	maxMessage int
	done       chan struct{} // closed by Close

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]bool
	conns     map[net.Conn]bool
	addr      net.Addr       // of the first listener
	running   sync.WaitGroup // connections
}

// New makes a broker with the queues of cfg. It serves nobody until [Server.Serve]
// or [Server.ServeConn] is called; close it in any case.
func New(cfg Config, opts *Options) (*Server, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}

	log := slog.New(slog.DiscardHandler)
	if opts != nil && opts.Logger != nil {
		log = opts.Logger
	}

	s := &Server{
		log:       log,
		clock:     queue.NewClock(),
		queues:    map[string]*queue.Queue{},
		done:      make(chan struct{}),
		listeners: map[net.Listener]bool{},
		conns:     map[net.Conn]bool{},

		maxMessage: cmp.Or(cfg.MaxMessageSize, standardMessageSize),
	}
	for _, q := range cfg.Queues {
		s.queues[strings.ToLower(q.Name)] = queue.New(queue.Options{
			Name:              q.Name,
			Clock:             s.clock,
			LockDuration:      q.LockDuration,
			MaxDeliveryCount:  uint32(q.MaxDeliveryCount),
			TTL:               q.DefaultMessageTimeToLive,
			DeadLetterExpired: q.DeadLetteringOnMessageExpiration,
			DuplicateWindow:   q.DuplicateDetectionWindow,
			MaxBytes:          maxQueueBytes,
		})
	}

	for _, q := range cfg.Queues {
		s.queues[strings.ToLower(q.Name)].Forward(
			s.queues[strings.ToLower(q.ForwardTo)], s.queues[strings.ToLower(q.ForwardDeadLetteredMessagesTo)])
	}

	return s, nil
}

// Advance moves the broker's clock ahead: locks run out, scheduled messages
// come, old ones expire, as if so much time had passed. Connections and the expiry
// of tokens use package time's clock.
func (s *Server) Advance(d time.Duration) {
	s.clock.Advance(d)
	for _, q := range s.queues {
		q.Tick()
	}
}

// Serve takes connections from l until [Server.Close], which makes it return
// nil, or until l fails. It closes l.
func (s *Server) Serve(l net.Listener) error {
	defer func() { _ = l.Close() }()

	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}

	s.listeners[l] = true

	if s.addr == nil {
		s.addr = l.Addr()
	}

	s.mu.Unlock()

	for {
		c, err := l.Accept()
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.listeners, l)
			if s.closed || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return fmt.Errorf("accepting a connection: %w", err)
		}

		if s.admit(c) {
			go s.serve(c)
		}
	}
}

// ServeConn serves one connection and returns when it has ended. It closes c.
func (s *Server) ServeConn(c net.Conn) {
	if s.admit(c) {
		s.serve(c)
	}
}

// admit registers a connection and returns true, or closes it.
func (s *Server) admit(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.conns) >= maxConns {
		_ = c.Close()
		return false
	}
	s.conns[c] = true
	s.running.Add(1)
	return true
}

func (s *Server) serve(nc net.Conn) {
	defer s.running.Done()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, nc)
	}()
	if err := newConn(s, nc).run(); err != nil {
		s.log.LogAttrs(context.Background(), slog.LevelDebug, "connection ended", slog.String("error", err.Error()))
	}
}

// Close ends all connections and timers and waits until they are gone. What the
// queues hold is lost.
func (s *Server) Close() error {
	s.mu.Lock()
	if !s.closed {
		close(s.done)
	}

	s.closed = true
	var errs []error
	for l := range s.listeners {
		if err := l.Close(); err != nil {
			errs = append(errs, fmt.Errorf("closing the listener: %w", err))
		}
	}

	for c := range s.conns {
		_ = c.Close() // the peer may have closed it before
	}

	s.mu.Unlock()
	s.running.Wait()

	for _, q := range s.queues {
		q.Close()
	}

	return errors.Join(errs...)
}

// Counts are numbers of messages in a queue.
type Counts = queue.Counts

// Counts returns how many messages a queue holds: none if there is no such queue.
func (s *Server) Counts(name string) Counts {
	if q := s.queues[strings.ToLower(name)]; q != nil {
		return q.Counts()
	}
	return Counts{}
}

// find returns the queue or dead-letter queue at an address, or nil.
func (s *Server) find(a address) *queue.Queue {
	q := s.queues[a.queue]
	if q != nil && a.deadLetter {
		return q.DeadLetter()
	}
	return q
}

// Addr returns where the broker listens: HOST:PORT of the first listener, empty
// before [Server.Serve] was called.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addr == nil {
		return ""
	}
	return s.addr.String()
}

// ConnectionString returns what clients need to reach [Server.Addr].
func (s *Server) ConnectionString() string { return ConnectionString(s.Addr()) }

// ConnectionString returns what clients need to reach a broker at HOST:PORT, in
// the form that Microsoft's emulator uses. The key is a constant: the broker
// looks at a token's expiry only.
func ConnectionString(addr string) string {
	return "Endpoint=sb://" + addr + ";SharedAccessKeyName=RootManageSharedAccessKey;" +
		"SharedAccessKey=bG9jYWwgYnJva2VyLCBubyBzZWNyZXQ=;UseDevelopmentEmulator=true"
}
