package bus_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
)

// buryBody dead-letters a message with any body that AMQP has.
func buryBody(t *testing.T, b *bus.Bus, c *azservicebus.Client, to string, body azservicebus.AMQPAnnotatedMessageBody) {
	t.Helper()
	s, err := c.NewSender(to, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SendAMQPAnnotatedMessage(t.Context(), &azservicebus.AMQPAnnotatedMessage{Body: body}, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	r, err := c.NewReceiverForQueue(to, nil)
	if err != nil {
		t.Fatal(err)
	}

	got, err := r.ReceiveMessages(t.Context(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.DeadLetterMessage(t.Context(), got[0], nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

type amqpBody = azservicebus.AMQPAnnotatedMessageBody

// bodies are all forms of a body, with the bytes that a person sees.
var bodies = []struct {
	name  string
	body  amqpBody
	bound bool // whether the Functions host can bind it
	want  string
}{
	{"a data section", amqpBody{Data: [][]byte{[]byte(`{"id":"r"}`)}}, true, `{"id":"r"}`},
	{"two data sections", amqpBody{Data: [][]byte{[]byte(`{"id":`), []byte(`"r"}`)}}, true, `{"id":"r"}`},
	{"a text", amqpBody{Value: `{"id":"r"}`}, false, `{"id":"r"}`},
	{"bytes as a value", amqpBody{Value: []byte(`{"id":"r"}`)}, false, `{"id":"r"}`},
	{"a map", amqpBody{Value: map[string]any{"id": "r", "of": map[string]any{"n": int64(1)}}}, false, `{"id":"r","of":{"n":1}}`},
	{"a map with keys that are no text", amqpBody{Value: map[any]any{int64(7): []any{"x"}}}, false, `{"7":["x"]}`},
	{"a list", amqpBody{Value: []any{"r", int64(1), nil}}, false, `["r",1,null]`},
	{"a number", amqpBody{Value: int64(17)}, false, `17`},
	{"sequences", amqpBody{Sequence: [][]any{{"r"}, {int64(1)}}}, false, `[["r"],[1]]`},
}

func TestABodyOfAnyFormIsSeenAndSentAgainAsBytes(t *testing.T) {
	for _, tt := range bodies {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
				buryBody(t, b, c, requests, tt.body)
				for m, err := range b.Dead(t.Context(), requests) {
					if err != nil || string(m.Body) != tt.want {
						t.Errorf("seen as %s, %v; want %s", m.Body, err, tt.want)
					}
				}

				if done, err := b.Resubmit(t.Context(), requests, []int64{1}); err != nil || len(done) != 1 {
					t.Fatalf("done %v, %v", done, err)
				}
				r, err := c.NewReceiverForQueue(requests, nil)
				if err != nil {
					t.Fatal(err)
				}

				got, err := r.ReceiveMessages(t.Context(), 1, nil)
				if err != nil || string(got[0].Body) != tt.want {
					t.Errorf("came back as %s, %v; want %s", got[0].Body, err, tt.want)
				}
			})
		})
	}
}

// taken records the bodies of the dead letters that Drain passes on.
func taken(to *[]string) func(context.Context, dsr.DeadLetter) error {
	return func(_ context.Context, d dsr.DeadLetter) error {
		*to = append(*to, string(d.Body))
		return nil
	}
}

func TestOnlyWhatNoFunctionCanBeCalledWithIsTakenFromTheOthers(t *testing.T) {
	for _, tt := range bodies {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
				bury(t, b, c, requests, "before")
				buryBody(t, b, c, requests, tt.body)
				var got, want []string

				if !tt.bound {
					want = []string{tt.want}
				}

				n, err := b.DrainUnbound(t.Context(), requests, taken(&got))
				if err != nil || n != len(want) || !slices.Equal(got, want) {
					t.Errorf("%d taken, %q, %v; want %q", n, got, err, want)
				}
				if left := deadIDs(t, b, requests); len(left) != 2-len(want) || left[0] != "before" {
					t.Errorf("left are %v", left)
				}
			})
		})
	}
}

func TestWhatIsNotTakenStaysDead(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bus.Bus, c *azservicebus.Client) {
		bury(t, b, c, requests, "a", "b", "c")
		away := errors.New("storage is away")
		var got []string
		n, err := b.Drain(t.Context(), requests, func(ctx context.Context, d dsr.DeadLetter) error {
			if d.MessageID == "b" {
				return away
			}
			return taken(&got)(ctx, d)
		})
		if n != 2 || !errors.Is(err, away) {
			t.Errorf("%d taken, %v", n, err)
		}
		if left := deadIDs(t, b, requests); !slices.Equal(left, []string{"b"}) {
			t.Errorf("left are %v", left)
		}
		if n, err := b.Drain(t.Context(), requests, taken(&got)); n != 1 || err != nil || len(got) != 3 {
			t.Errorf("%d taken, %q, %v", n, got, err)
		}
	})
}
