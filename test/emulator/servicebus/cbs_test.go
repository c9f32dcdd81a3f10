package servicebus_test

import (
	"testing"
	"time"

	"azureml-dsr/test/emulator/servicebus/wire"
)

// request sends a request on handle 0 and returns status and description of the
// answer, whose correlation id must be the request's message id with its type.
func (p *peer) request(code, description, replyTo string, properties wire.Map, body any) (int64, string) {
	p.t.Helper()
	m := &wire.Message{}
	id := uint64(77)
	m.Properties = wire.Encode(wire.Described{Code: 0x73, Value: wire.Encode([]any{id, nil, nil, nil, replyTo})})
	m.SetApplicationProperties(properties)
	m.SetValue(body)
	p.say(0, &wire.Transfer{DeliveryID: new(uint32), DeliveryTag: []byte("t"), Settled: true}, m.Append(nil))
	tr := as[*wire.Transfer](p)
	answer, err := wire.ParseMessage(tr.Payload)
	check(p.t, err)
	list, err := wire.Raw(answer.Properties).Described()
	check(p.t, err)
	fields, err := list.Value.List()
	check(p.t, err)
	if v, err := fields[5].Value(); err != nil || v != id {
		p.t.Fatalf("correlation id %v (%v)", v, err)
	}

	told, err := answer.ApplicationProperties()
	check(p.t, err)

	if v, err := told.Get(code).Value(); err != nil {
		p.t.Fatal(err)
	} else if _, ok := v.(int32); !ok {
		p.t.Fatalf("the status is a %T", v)
	}

	status, err := told.Get(code).Int()
	check(p.t, err)
	text, err := told.Get(description).Text()
	check(p.t, err)

	return status, text
}

// rpcPeer has a pair of links to a node.
func rpcPeer(t *testing.T, b *bubble, node string) *peer {
	p := dialPeer(t, b, 100, 0)
	p.attach(0, wire.RoleSender, node)
	as[*wire.Attach](p)
	as[*wire.Flow](p)
	p.attach(1, wire.RoleReceiver, node)
	as[*wire.Attach](p)
	p.say(0, &wire.Flow{
		NextIncomingID: new(uint32),
		IncomingWindow: 100,
		Handle:         new(uint32(1)),
		LinkCredit:     new(uint32(10)),
	}, nil)
	return p
}

func TestATokenIsTakenForWhatThereIs(t *testing.T) {
	const sas = "servicebus.windows.net:sastoken"
	past, future := "SharedAccessSignature sr=x&sig=y&se=1&skn=z", "SharedAccessSignature sr=x&sig=y&se=99999999999&skn=z"
	for name, tt := range map[string]struct {
		audience, kind, token string
		want                  int64
		says                  string
	}{
		"a queue":                     {"amqp://broker:1/plain", sas, future, 202, "Accepted"},
		"a queue by sb scheme":        {"sb://broker/Plain", sas, future, 202, "Accepted"},
		"a dead-letter queue":         {"amqp://broker/plain/$DeadLetterQueue", sas, future, 202, "Accepted"},
		"its management":              {"amqp://broker/plain/$DeadLetterQueue/$management", sas, future, 202, "Accepted"},
		"an escaped address":          {"amqp://broker/plain/%24management", sas, future, 202, "Accepted"},
		"a JSON web token":            {"amqp://broker/plain", "jwt", "abc", 202, "Accepted"},
		"an unknown queue":            {"amqp://broker/nowhere", sas, future, 404, "The messaging entity 'nowhere' could not be found."},
		"an unknown queue's managing": {"amqp://broker/nowhere/$management", sas, future, 404, "The messaging entity 'nowhere' could not be found."},
		"a subscription of a topic":   {"amqp://broker/topic/Subscriptions/s", sas, future, 404, "The messaging entity 'topic/subscriptions/s' could not be found."},
		"an expired token":            {"amqp://broker/plain", sas, past, 401, "ExpiredToken: The token is expired. Expiration time: 1970-01-01T00:00:01Z"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				p := rpcPeer(t, b, "$cbs")
				properties := wire.Map(nil).Set("operation", "put-token").Set("type", tt.kind).Set("name", tt.audience)
				// A client may name its receiving link in the place of an address.
				status, says := p.request("status-code", "status-description", "link", properties, tt.token)
				if status != tt.want || says != tt.says {
					t.Fatalf("answer %d %q", status, says)
				}
			})
		})
	}
}

func TestThereIsOnePairOfTokenLinksAConnection(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		p := rpcPeer(t, b, "$cbs")
		for i, role := range []bool{wire.RoleSender, wire.RoleReceiver} {
			handle := uint32(5 + i)
			p.attach(handle, role, "$cbs")
			as[*wire.Attach](p)
			if d := as[*wire.Detach](p); d.Error == nil || d.Error.Condition != "amqp:not-allowed" {
				t.Fatalf("detach %+v", d)
			}
		}

		p.say(0, &wire.Detach{Handle: 0, Closed: true}, nil)
		as[*wire.Detach](p)
		p.attach(0, wire.RoleSender, "$cbs") // the first is gone
		as[*wire.Attach](p)
		as[*wire.Flow](p)
	})
}

func TestManagementRefusesWhatItDoesNotKnow(t *testing.T) {
	numbers := func() wire.Map { return wire.Map(nil).Set("sequence-numbers", []int64{5}) }
	tokens := func() wire.Map { return wire.Map(nil).Set("lock-tokens", []any{wire.UUID{1}}) }
	for name, tt := range map[string]struct {
		operation string
		body      any
		want      int64
	}{
		"session operations":           {"com.microsoft:get-session-state", wire.Map{}, 501},
		"deferred messages of nothing": {"com.microsoft:receive-by-sequence-number", wire.Map{}, 400},
		"deferred messages in no mode": {"com.microsoft:receive-by-sequence-number", numbers(), 400},
		"a deferred message not there": {"com.microsoft:receive-by-sequence-number", numbers().Set("receiver-settle-mode", uint32(1)), 404},
		"a body that is no map":        {"com.microsoft:peek-message", "text", 400},
		"a peek without numbers":       {"com.microsoft:peek-message", wire.Map{}, 400},
		"a schedule without messages":  {"com.microsoft:schedule-message", wire.Map{}, 400},
		"a cancellation of nothing":    {"com.microsoft:cancel-scheduled-message", wire.Map{}, 400},
		"a disposition without status": {"com.microsoft:update-disposition", tokens(), 400},
		"a deferral of a lost lock":    {"com.microsoft:update-disposition", tokens().Set("disposition-status", "defered"), 410},
		"an unknown disposition":       {"com.microsoft:update-disposition", tokens().Set("disposition-status", "eaten"), 400},
		"a lost lock in a list":        {"com.microsoft:renew-lock", tokens(), 410},
		"a token that is none":         {"com.microsoft:renew-lock", wire.Map(nil).Set("lock-tokens", []any{"text"}), 400},
		"an empty queue to peek":       {"com.microsoft:peek-message", wire.Map(nil).Set("from-sequence-number", int64(0)).Set("message-count", int32(1)), 204},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				p := rpcPeer(t, b, "plain/$management")
				properties := wire.Map(nil).Set("operation", tt.operation)
				status, says := p.request("statusCode", "statusDescription", "plain/$management", properties, tt.body)
				if status != tt.want || says == "" {
					t.Fatalf("answer %d %q, want %d", status, says, tt.want)
				}
			})
		})
	}
}

func TestAnswersWaitForCredit(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		p := dialPeer(t, b, 100, 0)
		p.attach(0, wire.RoleSender, "$cbs")
		as[*wire.Attach](p)
		as[*wire.Flow](p)
		p.attach(1, wire.RoleReceiver, "$cbs")
		as[*wire.Attach](p)
		go func() {
			<-time.After(time.Minute)
			p.say(0, &wire.Flow{
				NextIncomingID: new(uint32),
				IncomingWindow: 9,
				Handle:         new(uint32(1)),
				LinkCredit:     new(uint32(1)),
			}, nil)
		}()

		properties := wire.Map(nil).Set("operation", "put-token").Set("name", "amqp://broker/plain")
		if status, _ := p.request("status-code", "status-description", "link", properties, "token"); status != 202 {
			t.Fatalf("answer %d", status)
		}
	})
}
