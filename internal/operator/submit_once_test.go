package operator_test

import (
	"context"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

// racing is a queue in which another request of the same id comes first.
type racing struct {
	*operatortest.Queues
	first []byte
}

func (r racing) Send(ctx context.Context, queue string, messages ...dsr.Message) error {
	r.Waits = append(r.Waits, dsr.Message{Body: r.first, Properties: messages[0].Properties})
	return r.Queues.Send(ctx, queue, messages...)
}

func TestARequestIsSentOnceAndAnotherOfItsIDRefused(t *testing.T) {
	other := strings.Replace(aboutAda, "ada", "bob", 1)
	waiting := func(body string) []dsr.Message {
		return []dsr.Message{{Body: []byte(body), Properties: map[string]any{dsr.PropRequestID: "req-1"}}}
	}
	for name, tt := range map[string]struct {
		body     string
		recorded bool // Ada's
		waits    []dsr.Message
		known    bool
		kind     operator.Kind
	}{
		"a new one":                      {aboutAda, false, nil, false, 0},
		"the same, recorded":             {aboutAda, true, nil, true, 0},
		"another, recorded":              {other, true, nil, false, operator.Refused},
		"the same, waiting":              {aboutAda, false, waiting(aboutAda), true, 0},
		"another, waiting":               {other, false, waiting(aboutAda), false, operator.Refused},
		"the same, recorded and waiting": {aboutAda, true, waiting(aboutAda), true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := operatortest.New(t)
			if tt.recorded {
				recordAda(t, s)
			}
			o, queues := s.Operator(operatortest.Time)
			queues.Waits = tt.waits

			known, err := o.SubmitOnce(t.Context(), submission(t, tt.body), nil)
			if known != tt.known || operator.KindOf(err) != tt.kind {
				t.Errorf("known %t, %v", known, err)
			}
			if sent := len(queues.Messages) == 1; sent != (!tt.known && tt.kind == 0) {
				t.Errorf("%d sent", len(queues.Messages))
			}
		})
	}
}

func TestOfTwoThatAreSentAtOnceTheSecondIsTold(t *testing.T) {
	s := operatortest.New(t)
	queues := racing{&operatortest.Queues{}, []byte(aboutAda)}
	o := operator.New(s.Connections, operator.Options{Queues: queues})
	if _, err := o.SubmitOnce(t.Context(), submission(t, strings.Replace(aboutAda, "ada", "bob", 1)), nil); operator.KindOf(err) != operator.Refused {
		t.Errorf("%v", err)
	}
}

// A request may be taken from its queue between the look at the records and the look at the
// queue. It is not unknown then.
func TestARequestIsFoundWhileTheWorkerTakesIt(t *testing.T) {
	s := operatortest.New(t)
	o := operator.New(s.Connections, operator.Options{Queues: taking{&operatortest.Queues{}, s}})
	status, err := o.Status(t.Context(), "req-1")
	if err != nil || status.State != operator.StateReceived {
		t.Errorf("%+v, %v", status, err)
	}
}

// taking records the request when it is looked for in the queue.
type taking struct {
	*operatortest.Queues
	stored *operatortest.Stored
}

func (q taking) Holds(context.Context, string, string, string) (bool, error) {
	q.stored.Open()
	return false, nil
}
