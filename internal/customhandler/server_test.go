package customhandler

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener over net.Pipe, so that a server can run in a synctest bubble.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		select {
		case p.conns <- there:
			return here, nil
		case <-p.closed:
			return nil, net.ErrClosed
		}
	}}}
}

// postOver posts a message to a function and returns the status of the answer.
func postOver(t *testing.T, c *http.Client, function string) int {
	t.Helper()
	r, err := c.Post("http://handler/"+function, "application/json", bytes.NewReader(golden(t, "message_binary_deadletter.json")))
	if err != nil {
		t.Error(err)
		return 0
	}
	defer r.Body.Close()
	_, _ = io.Copy(io.Discard, r.Body)
	return r.StatusCode
}

// stoppable returns a server whose function "slow" takes a minute, and a channel that is
// closed when that function begins.
func stoppable(grace time.Duration) (s *Server, began chan struct{}) {
	s = discard()
	s.graceTime = grace
	began = make(chan struct{})
	s.HandleMessage("slow", "message", func(ctx context.Context, _ Message) error {
		close(began)
		select {
		case <-time.After(time.Minute):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})

	return s, began
}

func TestStoppingLetsInvocationsFinishAndHoldsNewOnesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, began := stoppable(2 * time.Minute)
		s.closing = func() { <-time.After(5 * time.Second) } // in the bubble's time
		l := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		served, status := make(chan error), make(chan int)
		go func() { served <- s.Serve(ctx, l) }()
		c := l.client()
		defer c.CloseIdleConnections()

		go func() { status <- postOver(t, c, "slow") }()
		<-began
		stop()
		synctest.Wait()
		from := time.Now()
		held, err := c.Post("http://handler/slow", "application/json", bytes.NewReader(golden(t, "message_binary_deadletter.json")))
		if err == nil {
			held.Body.Close()
			t.Errorf("a new invocation was answered %s", held.Status)
		}

		// As long as the invocation in flight takes, and then Closing.
		if took := time.Since(from); took != time.Minute+5*time.Second {
			t.Errorf("it was held back for %s", took)
		}
		if got := <-status; got != 200 {
			t.Errorf("the invocation in flight got %d, want 200", got)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

func TestStoppingCutsOffWhatOutlastsTheGraceTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, began := stoppable(10 * time.Second)
		l := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		served, succeeded := make(chan error), make(chan bool)
		go func() { served <- s.Serve(ctx, l) }()
		c := l.client()
		defer c.CloseIdleConnections()

		go func() {
			r, err := c.Post("http://handler/slow", "", bytes.NewReader(golden(t, "message_binary_deadletter.json")))
			if err == nil {
				r.Body.Close()
			}
			succeeded <- err == nil && r.StatusCode == http.StatusOK
		}()

		<-began
		stop()
		from := time.Now()

		if err := <-served; err == nil || !strings.Contains(err.Error(), "1 invocations were still in flight") {
			t.Errorf("Serve: %v", err)
		}
		if took := time.Since(from); took != 10*time.Second {
			t.Errorf("stopped after %s", took)
		}
		if <-succeeded { // a 500 or a broken connection: the host abandons after either
			t.Error("the host was told that the invocation succeeded")
		}
	})
}

// The host keeps idle connections for two minutes.
func TestAnIdleConnectionOutlivesTheHostsPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := discard()
		l := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error)
		go func() { served <- s.Serve(ctx, l) }()
		here, there := net.Pipe()
		l.conns <- there
		gone := make(chan time.Duration)
		from := time.Now()
		go func() {
			_, _ = io.WriteString(here, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			_, _ = io.Copy(io.Discard, here)
			gone <- time.Since(from)
		}()

		if idle := <-gone; idle <= 2*time.Minute {
			t.Errorf("closed after %s", idle)
		}

		stop()

		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

func TestServeReportsAListenerThatFails(t *testing.T) {
	l := newPipes()
	_ = l.Close()
	if err := discard().Serve(t.Context(), failing{l}); err == nil || !strings.Contains(err.Error(), "serving the functions host") {
		t.Errorf("got %v", err)
	}
}

type failing struct{ *pipes }

func (failing) Close() error { return nil }
