package servicebus

import "net"

// TB is what [Start] needs of a test, so that this package doesn't import
// package testing.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Start runs a broker on a free port of 127.0.0.1 until the test ends.
func Start(t TB, cfg Config) *Server {
	t.Helper()
	s, err := New(cfg, nil)
	if err != nil {
		t.Fatalf("starting the broker: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("starting the broker: %v", err)
	}

	s.addr = l.Addr() // Serve may come later than the caller's question
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Fatalf("closing the broker: %v", err)
		}
		if err := <-done; err != nil {
			t.Fatalf("serving: %v", err)
		}
	})

	return s
}
