package servicebus_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/test/emulator/servicebus"
)

// Harness is what the conformance suite needs of a broker. It has the queues
// that testConfig describes.
type Harness interface {
	// Client returns a new client on a connection of its own.
	Client(t *testing.T) *azservicebus.Client
	// Wait lets time pass.
	Wait(d time.Duration)
}

// testConfig describes the suite's queues: plain; dedup with duplicate detection;
// brief, whose messages expire after 30 s into the dead-letter queue; fleeting,
// likewise but dropped; front, which forwards to back; and back, whose dead
// letters go to morgue. Locks are for a minute; those in the file are shorter,
// so that on another Service Bus a story needn't wait long for what the one
// before it left locked.
func testConfig(t *testing.T) servicebus.Config {
	t.Helper()
	f, err := os.Open("testdata/conformance.json")
	check(t, err)
	defer func() { check(t, f.Close()) }()
	cfg, err := servicebus.ParseConfig(f)
	check(t, err)
	for i := range cfg.Queues {
		cfg.Queues[i].LockDuration = time.Minute
	}
	return cfg
}

// bubble is a broker over net.Pipe, for use in a synctest bubble: its clock
// jumps whenever everyone waits.
type bubble struct{ server *servicebus.Server }

// inBubble runs a test with a broker of its own and a clock that jumps.
func inBubble(t *testing.T, test func(t *testing.T, b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := servicebus.New(testConfig(t), nil)
		if err != nil {
			t.Fatal(err)
		}

		t.Cleanup(func() {
			check(t, s.Close())
			if held := s.Held(); held != 0 {
				t.Errorf("%d bytes are kept for clients that are gone", held)
			}
		})

		test(t, &bubble{s})
	})
}

func (b *bubble) Wait(d time.Duration) {
	<-time.After(d) // the bubble's clock: no real time passes
	synctest.Wait()
}

func (b *bubble) Client(t *testing.T) *azservicebus.Client {
	t.Helper()
	client, _ := b.Dial(t)
	return client
}

// Dial also returns a function that cuts the client's connection.
func (b *bubble) Dial(t *testing.T) (client *azservicebus.Client, cut func()) {
	t.Helper()
	var last net.Conn
	client, err := azservicebus.NewClientFromConnectionString(servicebus.ConnectionString("broker.test"), &azservicebus.ClientOptions{
		NewWebSocketConn: func(context.Context, azservicebus.NewWebSocketConnArgs) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go b.server.ServeConn(theirs)
			last = ours
			return ours, nil
		},
		RetryOptions: azservicebus.RetryOptions{MaxRetries: 1, RetryDelay: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { check(t, client.Close(context.Background())) })

	return client, func() { check(t, last.Close()) }
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sender(t *testing.T, c *azservicebus.Client, queue string) *azservicebus.Sender {
	t.Helper()
	s, err := c.NewSender(queue, nil)
	check(t, err)
	return s
}

func receiver(t *testing.T, c *azservicebus.Client, queue string, opts *azservicebus.ReceiverOptions) *azservicebus.Receiver {
	t.Helper()
	r, err := c.NewReceiverForQueue(queue, opts)
	check(t, err)
	return r
}

func deadLetters() *azservicebus.ReceiverOptions {
	return &azservicebus.ReceiverOptions{SubQueue: azservicebus.SubQueueDeadLetter}
}

func message(id string) *azservicebus.Message {
	return &azservicebus.Message{MessageID: &id, Body: []byte("body of " + id)}
}

func send(t *testing.T, s *azservicebus.Sender, messages ...*azservicebus.Message) {
	t.Helper()
	for _, m := range messages {
		check(t, s.SendMessage(t.Context(), m, nil))
	}
}

// receive returns n messages, or fails.
func receive(t *testing.T, r *azservicebus.Receiver, n int) []*azservicebus.ReceivedMessage {
	t.Helper()
	var got []*azservicebus.ReceivedMessage
	for len(got) < n {
		more := receiveUpTo(t, r, n-len(got), 5*time.Second)
		if len(more) == 0 {
			t.Fatalf("received %d messages, want %d", len(got), n)
		}
		got = append(got, more...)
	}
	return got
}

// receiveUpTo returns what comes within the time.
func receiveUpTo(t *testing.T, r *azservicebus.Receiver, n int, d time.Duration) []*azservicebus.ReceivedMessage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	// The default of 20 ms is too short on a busy machine: what comes later is
	// released and may then come out of order.
	got, err := r.ReceiveMessages(ctx, n, &azservicebus.ReceiveMessagesOptions{TimeAfterFirstMessage: 2 * time.Second})
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	return got
}

func ids(messages []*azservicebus.ReceivedMessage) string {
	var list []string
	for _, m := range messages {
		list = append(list, m.MessageID)
	}
	return strings.Join(list, " ")
}

func wantCode(t *testing.T, err error, code azservicebus.Code) {
	t.Helper()
	var sbErr *azservicebus.Error
	if !errors.As(err, &sbErr) || sbErr.Code != code {
		t.Fatalf("got error %v, want code %s", err, code)
	}
}

func wantIDs(t *testing.T, got []*azservicebus.ReceivedMessage, want string) {
	t.Helper()
	if ids(got) != want {
		t.Fatalf("got messages %q, want %q", ids(got), want)
	}
}

func numbered(n int) []*azservicebus.Message {
	var list []*azservicebus.Message
	for i := range n {
		list = append(list, message(fmt.Sprintf("m%d", i)))
	}
	return list
}
