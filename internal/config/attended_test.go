package config

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
)

// dialed is what connections are made with, and counts them.
type dialed struct {
	tries int
	do    func(context.Context) (net.Conn, error)
}

func (d *dialed) dial(ctx context.Context, _ string) (net.Conn, error) {
	d.tries++
	return d.do(ctx)
}

func TestAPersonIsToldWithinSecondsWhatCanNotBeReached(t *testing.T) {
	for name, tt := range map[string]struct {
		dial func(context.Context) (net.Conn, error)
		want string
		took time.Duration
	}{
		"no such host":    {func(context.Context) (net.Conn, error) { return nil, &net.DNSError{IsNotFound: true} }, "there is no host of this name", 0},
		"no look-ups":     {func(context.Context) (net.Conn, error) { return nil, &net.DNSError{IsTimeout: true} }, "its name can't be looked up; is this machine online?", 0},
		"nobody listens":  {func(context.Context) (net.Conn, error) { return nil, syscall.ECONNREFUSED }, "it refuses the connection", 0},
		"anything else":   {func(context.Context) (net.Conn, error) { return nil, errors.New("secret") }, "no connection can be made to it", 0},
		"packets go lost": {func(ctx context.Context) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }, "it doesn't answer within 4 seconds", attendedTime},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				to := &dialed{do: tt.dial}
				d := attend(to.dial)
				begun := time.Now()
				for range 3 {
					_, err := d.connect(t.Context(), "")
					if _, fatal := errors.AsType[interface {
						error
						NonRetriable()
					}](err); !fatal || err.Error() != tt.want {
						t.Errorf("%v", err)
					}
				}
				if to.tries != 1 || time.Since(begun) != tt.took {
					t.Errorf("%d tries took %s", to.tries, time.Since(begun))
				}

				time.Sleep(attendedPause)
				_, _ = d.connect(t.Context(), "")
				if to.tries != 2 {
					t.Errorf("%d tries after a pause", to.tries)
				}
			})
		})
	}
}

func TestWhoeverConnectsAndSaysNothingIsNotReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		to := &dialed{do: func(context.Context) (net.Conn, error) { return ours, nil }}
		d := attend(to.dial)
		d.amqp = true

		conn, err := d.connect(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("there was an answer")
		}
		if _, err := d.connect(t.Context(), ""); err == nil || err.Error() != "it doesn't answer within 4 seconds" || to.tries != 1 {
			t.Errorf("then %v after %d tries", err, to.tries)
		}
	})
}

func TestWhoeverIsNoServiceBusIsNotReached(t *testing.T) {
	for says, want := range map[string]string{
		"":                             "it ends the connection without an answer",
		"HTTP/1.1 400 Bad Request\r\n": "what answers there is no Service Bus",
	} {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			to := &dialed{do: func(context.Context) (net.Conn, error) { return ours, nil }}
			d := attend(to.dial)
			d.amqp = true
			conn, err := d.connect(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				if says != "" {
					_, _ = io.WriteString(theirs, says)
				}
				_ = theirs.Close()
			}()
			_, _ = conn.Read(make([]byte, 100))

			if _, err := d.connect(t.Context(), ""); err == nil || err.Error() != want || to.tries != 1 {
				t.Errorf("then %v after %d tries", err, to.tries)
			}
		})
	}
}

// A command that watches for hours gets the worker's patience.
func TestWhatWasReachedOnceIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer ours.Close()
		defer theirs.Close()
		to := &dialed{do: func(context.Context) (net.Conn, error) { return ours, nil }}
		d := attend(to.dial)
		d.amqp = true
		conn, err := d.connect(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.WriteString(theirs, "AMQP") }()
		if _, err := conn.Read(make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * attendedTime) // it is not closed for having said no more

		to.do = func(context.Context) (net.Conn, error) {
			time.Sleep(time.Minute)
			return nil, syscall.ECONNREFUSED
		}
		for range 2 {
			if _, err := d.connect(t.Context(), ""); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("%v", err)
			}
		}
	})
}

// TestTheClientsOfAzureDoNotTryAgain has them connect to a port that nobody listens on.
func TestTheClientsOfAzureDoNotTryAgain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	_ = l.Close()

	s := Stores{
		ServiceBus:      Connection{ConnectionString: "Endpoint=sb://" + closed + ";SharedAccessKeyName=a;SharedAccessKey=c2VjcmV0;UseDevelopmentEmulator=true"},
		Storage:         Connection{ConnectionString: "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=c2VjcmV0;BlobEndpoint=http://" + closed + "/a"},
		ExportContainer: "ex1",
		AuditContainer:  "au1",
		IndexContainer:  "in1",
		Attended:        true,
	}
	c, err := s.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // the first pause of a client is longer
	defer cancel()

	_, stored := c.Audit.Backend().Stat(ctx, "req-1/request.json")
	_, held := c.Bus.Holds(ctx, dsr.QueueRequests, dsr.PropRequestID, "req-1")
	for err, want := range map[error]string{
		stored: "the storage is " + closed + ": it refuses the connection: check ExportStorage, ",
		held:   "the namespace is " + closed + ": it refuses the connection: check ServiceBusConnection, ",
	} {
		if got := s.Unreached(err); got == nil || !strings.HasPrefix(got.Error(), want) {
			t.Errorf("%v, want %s…", got, want)
		}
	}
}
