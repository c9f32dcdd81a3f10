package servicebus_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/test/emulator/servicebus"
)

// conformanceVariable names the environment variable with a connection string
// of another Service Bus that the suite is to be held to: a namespace in Azure,
// or Microsoft's emulator. It must have the queues of testdata/conformance.json,
// which the suite empties.
const conformanceVariable = "SERVICEBUS_CONFORMANCE"

// story is a behaviour that any Service Bus must show. A quick one lets no time
// pass and so can be run against a clock that nobody moves.
type story struct {
	name  string
	quick bool
	tell  func(t *testing.T, h Harness)
}

func stories() []story {
	var all []story
	for _, group := range [][]story{
		sendingStories(), fidelityStories(), settlingStories(), deferralStories(), lockStories(), schedulingStories(),
		expiryStories(), browsingStories(), forwardingStories(), refusalStories(),
	} {
		all = append(all, group...)
	}
	return all
}

func TestConformanceWithAJumpingClock(t *testing.T) {
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) { s.tell(t, b) })
		})
	}
}

// TestConformanceOverTCP runs the quick stories one after another on one Service
// Bus: the one that conformanceVariable names, or a broker of its own.
func TestConformanceOverTCP(t *testing.T) {
	bus := &socket{connection: os.Getenv(conformanceVariable)}
	if bus.connection == "" {
		s := servicebus.Start(t, testConfig(t))
		bus.connection, bus.locksEnd = s.ConnectionString(), func() { s.Advance(time.Minute) }
	}

	for _, s := range stories() {
		if s.quick {
			t.Run(s.name, func(t *testing.T) {
				bus.empty(t)
				s.tell(t, bus)
			})
		}
	}
}

// socket is a Service Bus over TCP, which may have been used before.
type socket struct {
	connection string
	locksEnd   func() // has all locks run out; nil: it must be waited for
}

func (s *socket) Wait(d time.Duration) { <-time.After(d) }

func (s *socket) Client(t *testing.T) *azservicebus.Client {
	t.Helper()
	c, err := azservicebus.NewClientFromConnectionString(s.connection, &azservicebus.ClientOptions{
		RetryOptions: azservicebus.RetryOptions{MaxRetries: 1, RetryDelay: time.Millisecond},
	})
	check(t, err)
	t.Cleanup(func() { check(t, c.Close(context.Background())) })
	return c
}

// empty removes whatever the queues hold.
func (s *socket) empty(t *testing.T) {
	t.Helper()
	if s.locksEnd != nil {
		s.locksEnd()
	}

	c := s.Client(t)
	for _, q := range testConfig(t).Queues {
		if q.ForwardTo != "" {
			continue // it holds nothing
		}
		for _, sub := range []azservicebus.SubQueue{0, azservicebus.SubQueueDeadLetter} {
			emptyOne(t, c, q.Name, sub)
		}
	}
}

func emptyOne(t *testing.T, c *azservicebus.Client, queue string, sub azservicebus.SubQueue) {
	t.Helper()
	r := receiver(t, c, queue, &azservicebus.ReceiverOptions{SubQueue: sub, ReceiveMode: azservicebus.ReceiveModeReceiveAndDelete})
	defer func() { check(t, r.Close(t.Context())) }()

	const patience = 3 * time.Minute // what is there may be locked
	for start := time.Now(); time.Since(start) < patience; {
		left, err := r.PeekMessages(t.Context(), 100, &azservicebus.PeekMessagesOptions{FromSequenceNumber: to.Ptr(int64(0))})
		check(t, err)
		if len(left) == 0 {
			return
		}

		waiting := 0
		for _, m := range left {
			switch m.State {
			case azservicebus.MessageStateScheduled:
				check(t, sender(t, c, queue).CancelScheduledMessages(t.Context(), []int64{*m.SequenceNumber}, nil))
			case azservicebus.MessageStateDeferred:
				if _, err := r.ReceiveDeferredMessages(t.Context(), []int64{*m.SequenceNumber}, nil); err != nil {
					wantCode(t, err, azservicebus.CodeNotFound) // it is locked
					waiting++
				}

			default:
				waiting++
			}
		}

		if waiting > 0 {
			receiveUpTo(t, r, waiting, time.Second)
		}
	}

	t.Fatalf("%s can't be emptied", queue)
}
