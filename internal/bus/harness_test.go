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
	"azureml-dsr/test/emulator/servicebus"
)

// rig is a bus and another client at a broker over net.Pipe.
type rig struct {
	server *servicebus.Server
	bus    *bus.Bus
	client *azservicebus.Client

	mu    sync.Mutex
	down  bool
	dying int // connections that end while they are being opened
	conns []net.Conn
}

// inRig runs a test in a bubble, on a clock that jumps whenever everyone waits.
// The bubble fails when a goroutine is left behind.
func inRig(t *testing.T, test func(t *testing.T, r *rig)) {
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

		r := &rig{server: s}
		r.bus, r.client = bus.New(r.dial(t)), r.dial(t)
		test(t, r)

		for _, err := range []error{r.bus.Close(context.Background()), r.client.Close(context.Background()), s.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
}

// inBubble is inRig for tests that leave the broker alone.
func inBubble(t *testing.T, test func(t *testing.T, b *bus.Bus, c *azservicebus.Client)) {
	t.Helper()
	inRig(t, func(t *testing.T, r *rig) { test(t, r.bus, r.client) })
}

func (r *rig) dial(t *testing.T) *azservicebus.Client {
	t.Helper()
	c, err := azservicebus.NewClientFromConnectionString(servicebus.ConnectionString("broker.test"), &azservicebus.ClientOptions{
		NewWebSocketConn: func(context.Context, azservicebus.NewWebSocketConnArgs) (net.Conn, error) { return r.connect() },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *rig) connect() (net.Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no route to host")}
	}

	ours, theirs := net.Pipe()
	if r.dying > 0 {
		r.dying--
		go func() {
			_, _ = io.ReadFull(theirs, make([]byte, 8))
			theirs.Close()
		}()
		return ours, nil
	}

	go r.server.ServeConn(theirs)
	r.conns = append(r.conns, ours)

	return ours, nil
}

// setDown begins an outage, which cuts all connections, or ends it.
func (r *rig) setDown(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
	if down {
		for _, c := range r.conns {
			c.Close()
		}
		r.conns = nil
	}
}

// pass lets time pass.
func (*rig) pass(d time.Duration) { <-time.After(d) }
