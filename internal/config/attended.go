package config

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	// attendedTime bounds a person's wait for the first connection to a service.
	attendedTime = 4 * time.Second
	// attendedPause is how long an address that was not reached is not tried again, so that
	// a command that needs it several times waits once. The pauses of azservicebus between
	// its tries are shorter.
	attendedPause = time.Minute
)

// unreached is the error of an address that no connection could be made to. It hides the
// network's own error, which the clients of Azure would take for a reason to try again.
type unreached struct{ why string }

// Error returns why there is no connection.
func (u *unreached) Error() string { return u.why }

// NonRetriable keeps the clients of Azure from trying again.
func (*unreached) NonRetriable() {}

// attended makes connections for a person who waits. It gives up within seconds what can't be
// reached at all. What was reached once is waited for as long as by the worker.
type attended[A any] struct {
	dial func(context.Context, A) (net.Conn, error)
	// amqp means that the other side begins with an AMQP header. One that says nothing, or
	// something else, counts as not reached.
	amqp bool
	now  func() time.Time

	mu      sync.Mutex
	reached bool
	failure *unreached
	at      time.Time // of the failure
}

func attend[A any](dial func(context.Context, A) (net.Conn, error)) *attended[A] {
	return &attended[A]{dial: dial, now: time.Now}
}

func (d *attended[A]) connect(ctx context.Context, to A) (net.Conn, error) {
	reached, failure := d.before()
	if reached {
		return d.dial(ctx, to)
	}
	if failure != nil {
		return nil, failure
	}

	limited, cancel := context.WithTimeout(ctx, attendedTime)
	defer cancel()
	conn, err := d.dial(limited, to)
	if ctx.Err() != nil && err != nil {
		return nil, err // whoever asked has gone
	}

	if err != nil {
		return nil, d.fail(whyUnreached(err))
	}
	if d.amqp {
		return d.awaited(conn), nil
	}
	d.succeed()

	return conn, nil
}

// before returns what is known of the address.
func (d *attended[A]) before() (reached bool, failure *unreached) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failure != nil && d.now().Sub(d.at) < attendedPause {
		failure = d.failure
	}
	return d.reached, failure
}

func (d *attended[A]) succeed() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reached = true
}

// fail remembers why there is no connection, and returns it as an error.
func (d *attended[A]) fail(why string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failure, d.at = &unreached{why}, d.now()
	return d.failure
}

// awaited is a connection whose first answer is awaited.
type awaited struct {
	net.Conn
	once sync.Once
	done func(first []byte) // with the first bytes, none where there were none
}

// awaited closes a connection that says nothing in time.
func (d *attended[A]) awaited(conn net.Conn) net.Conn {
	late := time.AfterFunc(attendedTime, func() {
		_ = d.fail(silent())
		_ = conn.Close()
	})
	return &awaited{Conn: conn, done: func(first []byte) {
		switch {
		case !late.Stop(): // it was too late
		case len(first) == 0:
			_ = d.fail("it ends the connection without an answer")
		case first[0] != 'A': // of "AMQP"
			_ = d.fail("what answers there is no Service Bus")
		default:
			d.succeed()
		}
	}}
}

// Read implements net.Conn.
func (a *awaited) Read(b []byte) (int, error) {
	n, err := a.Conn.Read(b)
	if n > 0 || err != nil {
		a.once.Do(func() { a.done(b[:n]) })
	}
	return n, err
}

func silent() string {
	return fmt.Sprintf("it doesn't answer within %d seconds", int(attendedTime/time.Second))
}

// whyUnreached says why there is no connection, without an address.
func whyUnreached(err error) string {
	lookup, named := errors.AsType[*net.DNSError](err)
	timeout, timed := errors.AsType[net.Error](err)
	switch {
	case named && lookup.IsNotFound:
		return "there is no host of this name"
	case named:
		return "its name can't be looked up; is this machine online?"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "it refuses the connection"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), timed && timeout.Timeout():
		return silent()
	default:
		return "no connection can be made to it"
	}
}

// attendHTTP makes a client's connections for a person who waits.
func attendHTTP(client *http.Client) {
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		return
	}
	d := attend(func(ctx context.Context, address string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	})
	transport.DialContext = func(ctx context.Context, _, address string) (net.Conn, error) { return d.connect(ctx, address) }
}
