package servicebus_test

import (
	"context"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/local/servicebus"
)

// story is a behaviour that any Service Bus must show. A quick one lets no time
// pass and so can be run against a clock that doesn't jump.
type story struct {
	name  string
	quick bool
	tell  func(t *testing.T, h Harness)
}

func stories() []story {
	var all []story
	for _, group := range [][]story{
		sendingStories(), settlingStories(), lockStories(), schedulingStories(),
		expiryStories(), browsingStories(), refusalStories(),
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

func TestConformanceOverTCP(t *testing.T) {
	for _, s := range stories() {
		if !s.quick {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			s.tell(t, &socket{servicebus.Start(t, testConfig(t))})
		})
	}
}

// socket is a broker over TCP.
type socket struct{ server *servicebus.Server }

func (s *socket) Wait(d time.Duration) { <-time.After(d) }

func (s *socket) Client(t *testing.T) *azservicebus.Client {
	t.Helper()
	c, err := azservicebus.NewClientFromConnectionString(s.server.ConnectionString(), &azservicebus.ClientOptions{
		RetryOptions: azservicebus.RetryOptions{MaxRetries: 1, RetryDelay: time.Millisecond},
	})
	check(t, err)
	t.Cleanup(func() { check(t, c.Close(context.Background())) })
	return c
}
