package bus_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/bus/legible"
	"azureml-dsr/test/emulator/servicebus"
)

// fixture is a bus and a second client, connected to a broker over net.Pipe.
type fixture struct {
	server *servicebus.Server
	bus    *bus.Bus
	client *azservicebus.Client

	mu    sync.Mutex
	down  bool
	dying int // connections that end while they are being opened
	conns []net.Conn
}

// withFixture runs a test in a synctest bubble. The bubble fails when a goroutine is
// still running at the end.
func withFixture(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	config, err := os.Open("../../deploy/servicebus.config.json")
	if err != nil {
		t.Fatal(err)
	}
	defer config.Close()

	cfg, err := servicebus.ParseConfig(config)
	if err != nil {
		t.Fatal(err)
	}

	synctest.Test(t, func(t *testing.T) {
		s, err := servicebus.New(cfg, nil)
		if err != nil {
			t.Fatal(err)
		}

		f := &fixture{server: s}
		f.bus, f.client = bus.New(f.dial(t, legible.Conn)), f.dial(t, asItIs)
		test(t, f)

		for _, err := range []error{f.bus.Close(context.Background()), f.client.Close(context.Background()), s.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
}

// inBubble is withFixture for tests that inject no faults into the broker.
func inBubble(t *testing.T, test func(t *testing.T, b *bus.Bus, c *azservicebus.Client)) {
	t.Helper()
	withFixture(t, func(t *testing.T, f *fixture) { test(t, f.bus, f.client) })
}

// asItIs returns a connection unchanged.
func asItIs(c net.Conn) net.Conn { return c }

// dial returns a client that uses the connections that through makes of its own.
func (f *fixture) dial(t *testing.T, through func(net.Conn) net.Conn) *azservicebus.Client {
	t.Helper()
	c, err := azservicebus.NewClientFromConnectionString(servicebus.ConnectionString("broker.test"), &azservicebus.ClientOptions{
		NewWebSocketConn: func(context.Context, azservicebus.NewWebSocketConnArgs) (net.Conn, error) {
			c, err := f.connect()
			if err != nil {
				return nil, err
			}
			return through(c), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (f *fixture) connect() (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no route to host")}
	}

	ours, theirs := net.Pipe()
	if f.dying > 0 {
		f.dying--
		go func() {
			_, _ = io.ReadFull(theirs, make([]byte, 8))
			theirs.Close()
		}()
		return ours, nil
	}

	go f.server.ServeConn(theirs)
	f.conns = append(f.conns, ours)

	return ours, nil
}

// setDown begins an outage, which cuts all connections, or ends it.
func (f *fixture) setDown(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
	if down {
		for _, c := range f.conns {
			c.Close()
		}
		f.conns = nil
	}
}

// pass lets time pass.
func (*fixture) pass(d time.Duration) { <-time.After(d) }
