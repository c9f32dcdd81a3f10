package servicebus_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"github.com/Azure/go-amqp"
	"github.com/google/go-cmp/cmp"

	"azureml-dsr/test/emulator/servicebus/wire"
)

func fidelityStories() []story {
	return []story{
		{"a message comes with all that its sender said", true, testFidelity},
		{"application properties keep their types", true, testTypes},
		{"a body that isn't data comes as it was sent", true, testValueBody},
	}
}

func testFidelity(t *testing.T, h Harness) {
	c := h.Client(t)
	sent := &azservicebus.Message{
		MessageID:        to.Ptr("id"),
		Body:             []byte("body"),
		Subject:          to.Ptr("subject"),
		CorrelationID:    to.Ptr("correlation"),
		ContentType:      to.Ptr("text/plain"),
		ReplyTo:          to.Ptr("reply"),
		To:               to.Ptr("to"),
		TimeToLive:       to.Ptr(time.Hour),
		PartitionKey:     to.Ptr("key"),
		ReplyToSessionID: to.Ptr("session"),
		ApplicationProperties: map[string]any{
			"s": "text", "i32": int32(-1), "i64": int64(1) << 40, "f": 1.5, "b": true,
			"t": time.UnixMilli(1700000000123).UTC(), "n": nil, "bytes": []byte{0, 255},
		},
	}

	send(t, sender(t, c, "plain"), sent)
	m := receive(t, receiver(t, c, "plain", nil), 1)[0]
	if diff := cmp.Diff(sent, m.Message()); diff != "" {
		t.Fatalf("the message changed (-sent +received):\n%s", diff)
	}
	if m.DeliveryCount != 1 || m.State != azservicebus.MessageStateActive {
		t.Fatalf("delivery count %d, state %d", m.DeliveryCount, m.State)
	}
	if m.LockToken == ([16]byte{}) || m.LockedUntil == nil || m.EnqueuedTime == nil {
		t.Fatalf("token, lock or enqueued time is missing: %v %v", m.LockedUntil, m.EnqueuedTime)
	}
	if want := m.EnqueuedTime.Add(time.Hour); !m.ExpiresAt.Equal(want) {
		t.Fatalf("expires at %v, want %v", m.ExpiresAt, want)
	}
}

func testValueBody(t *testing.T, h Harness) {
	c := h.Client(t)
	body := map[string]any{"list": []any{int64(1), "two"}}
	check(t, sender(t, c, "plain").SendAMQPAnnotatedMessage(t.Context(), &azservicebus.AMQPAnnotatedMessage{
		Body:                azservicebus.AMQPAnnotatedMessageBody{Value: body},
		MessageAnnotations:  map[any]any{"x-opt-sequence-number": nil, "x-opt-message-state": int32(7), "own": "kept"},
		DeliveryAnnotations: map[any]any{"theirs": int64(3)},
		Footer:              map[any]any{"sum": "abc"},
		Header:              &azservicebus.AMQPAnnotatedMessageHeader{Durable: true, Priority: 7},
	}, nil))

	m := receive(t, receiver(t, c, "plain", nil), 1)[0]
	raw := m.RawAMQPMessage
	if diff := cmp.Diff(any(body), raw.Body.Value); diff != "" {
		t.Fatalf("the body changed:\n%s", diff)
	}
	if m.SequenceNumber == nil || *m.SequenceNumber < 1 || m.State != azservicebus.MessageStateActive || raw.MessageAnnotations["own"] != "kept" {
		t.Fatalf("annotations %v", raw.MessageAnnotations)
	}
	if raw.DeliveryAnnotations["theirs"] != int64(3) || raw.Footer["sum"] != "abc" {
		t.Fatalf("delivery annotations %v, footer %v", raw.DeliveryAnnotations, raw.Footer)
	}
	if !raw.Header.Durable || raw.Header.Priority != 7 {
		t.Fatalf("header %+v", raw.Header)
	}
}

// testTypes sends what the Go client can; the test below sends the rest.
func testTypes(t *testing.T, h Harness) {
	c := h.Client(t)
	sent := map[string]any{
		"null": nil, "boolean": true, "ubyte": uint8(200), "ushort": uint16(60000), "uint": uint32(4e9), "ulong": uint64(1 << 63),
		"byte": int8(-100), "short": int16(-30000), "int": int32(-2e9), "long": int64(-1 << 62),
		"float": float32(0.1), "double": 0.1, "timestamp": time.UnixMilli(-1).UTC(), "uuid": amqp.UUID{1, 2, 3},
		"binary": []byte{0, 255}, "string": "ünïcode",
	}

	m := message("typed")
	m.ApplicationProperties = sent
	send(t, sender(t, c, "plain"), m)
	r := receiver(t, c, "plain", nil)
	for range 2 { // settling with properties writes them again
		got := receive(t, r, 1)[0]
		delete(got.ApplicationProperties, "added")
		if diff := cmp.Diff(sent, got.ApplicationProperties); diff != "" {
			t.Fatalf("the properties changed:\n%s", diff)
		}
		check(t, r.AbandonMessage(t.Context(), got, &azservicebus.AbandonMessageOptions{PropertiesToModify: map[string]any{"added": "x"}}))
	}
}

// allTypes has an application property of each primitive type, in each of its
// encodings (part 1, 1.6).
func allTypes() []byte {
	var entries []byte
	count := 0
	for name, value := range map[string]string{
		"null": "\x40", "true": "\x41", "false": "\x42", "boolean": "\x56\x01", "ubyte": "\x50\xff", "ushort": "\x60\xff\xff",
		"uint": "\x70\xff\xff\xff\xff", "smalluint": "\x52\x01", "uint0": "\x43",
		"ulong": "\x80\xff\xff\xff\xff\xff\xff\xff\xff", "smallulong": "\x53\x01", "ulong0": "\x44",
		"byte": "\x51\x80", "short": "\x61\x80\x00", "int": "\x71\x80\x00\x00\x00", "smallint": "\x54\x80",
		"long": "\x81\x80\x00\x00\x00\x00\x00\x00\x00", "smalllong": "\x55\x80", "float": "\x72\x7f\xc0\x00\x01",
		"double": "\x82\x7f\xf8\x00\x00\x00\x00\x00\x01", "decimal32": "\x74\x22\x50\x00\x01",
		"decimal64": "\x84\x22\x30\x00\x00\x00\x00\x00\x01", "decimal128": "\x94\x22\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01",
		"char": "\x73\x00\x01\xf6\x00", "timestamp": "\x83\xff\xff\xff\xff\xff\xff\xff\xff", "uuid": "\x98abcdefghijklmnop",
		"vbin8": "\xa0\x01x", "vbin32": "\xb0\x00\x00\x00\x01x", "str8": "\xa1\x01x", "str32": "\xb1\x00\x00\x00\x01x",
		"sym8": "\xa3\x01x", "sym32": "\xb3\x00\x00\x00\x01x",
	} {
		entries = append(append(entries, wire.Encode(name)...), value...)
		count += 2
	}

	section := []byte{0, 0x53, 0x74, 0xd1, 0, 0, byte((len(entries) + 4) >> 8), byte(len(entries) + 4), 0, 0, 0, byte(count)}
	return append(section, entries...)
}

func TestEveryTypeOfPropertySurvivesByteForByte(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		p := dialPeer(t, b, 100, 0)
		p.attach(0, wire.RoleSender, "plain")
		as[*wire.Attach](p)
		as[*wire.Flow](p)
		sent := wire.Message{Application: allTypes(), Rest: wire.Encode(wire.Described{Code: 0x75, Value: wire.Encode([]byte("body"))})}
		p.say(0, &wire.Transfer{DeliveryID: new(uint32), DeliveryTag: []byte("t")}, sent.Append(nil))
		as[*wire.Disposition](p)
		p.attach(1, wire.RoleReceiver, "plain")
		as[*wire.Attach](p)
		p.say(0, &wire.Flow{
			NextIncomingID: new(uint32),
			IncomingWindow: 100,
			Handle:         new(uint32(1)),
			LinkCredit:     new(uint32(10)),
		}, nil)
		got, err := wire.ParseMessage(as[*wire.Transfer](p).Payload)
		check(t, err)
		if !bytes.Equal(got.Application, sent.Application) || !bytes.Equal(got.Rest, sent.Rest) {
			t.Fatalf("got  %x\nsent %x", got.Application, sent.Application)
		}

		// Abandoning with a property leaves the others as they are.
		added := wire.Encode([]any{false, false, wire.Map(nil).Set(wire.Symbol("added"), "x")})
		p.say(0, &wire.Disposition{Role: wire.RoleReceiver, State: wire.Encode(wire.Described{Code: wire.CodeModified, Value: added})}, nil)
		as[*wire.Disposition](p)
		if got, err = wire.ParseMessage(as[*wire.Transfer](p).Payload); err != nil {
			t.Fatal(err)
		}

		before, err := sent.ApplicationProperties()
		check(t, err)
		after, err := got.ApplicationProperties()
		check(t, err)
		want := append(before, wire.Entry{Key: wire.Encode("added"), Value: wire.Encode("x")})
		if diff := cmp.Diff(want, after); diff != "" {
			t.Fatalf("the properties changed:\n%s", diff)
		}
	})
}

func TestTheBrokerSaysWhatOnlyABrokerMaySay(t *testing.T) {
	withID := wire.Encode(wire.Described{Code: 0x73, Value: wire.Encode([]any{"own id"})})
	forged := wire.Encode(wire.Map(nil).Set(wire.Symbol("x-opt-sequence-number"), int64(77)).
		Set(wire.Symbol("x-opt-deadletter-source"), "forged").Set(wire.Symbol("own"), "kept"))
	for name, sent := range map[string]*wire.Message{
		"a message without an id":                {},
		"an id and annotations that are forged":  {Properties: withID, Annotations: forged},
		"an id and a lock token that is forged":  {Properties: withID, DeliveryAnnotations: wire.Encode(wire.Map(nil).Set(wire.Symbol("x-opt-lock-token"), wire.UUID{1}))},
		"a message without an id that is forged": {Annotations: forged},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				p := dialPeer(t, b, 100, 0)
				p.attach(0, wire.RoleSender, "plain")
				as[*wire.Attach](p)
				as[*wire.Flow](p)
				p.say(0, &wire.Transfer{DeliveryID: new(uint32), DeliveryTag: []byte("t")}, sent.Append(nil))
				as[*wire.Disposition](p)
				p.attach(1, wire.RoleReceiver, "plain")
				as[*wire.Attach](p)
				p.say(0, &wire.Flow{
					NextIncomingID: new(uint32),
					IncomingWindow: 100,
					Handle:         new(uint32(1)),
					LinkCredit:     new(uint32(10)),
				}, nil)
				got, err := wire.ParseMessage(as[*wire.Transfer](p).Payload)
				check(t, err)
				if id, err := got.MessageID().Text(); err != nil || id == "" || (sent.Properties != nil && id != "own id") {
					t.Fatalf("id %q (%v)", id, err)
				}

				notes, err := got.Annotations.Map()
				check(t, err)
				delivery, err := got.DeliveryAnnotations.Map()
				check(t, err)
				keys := map[string]int{}
				for _, e := range append(notes, delivery...) {
					key, err := e.Key.Text()
					check(t, err)
					keys[key]++
				}

				want := map[string]int{"x-opt-sequence-number": 1, "x-opt-enqueued-time": 1, "x-opt-locked-until": 1, "x-opt-lock-token": 1}

				if !sent.Annotations.IsNull() {
					want["own"] = 1
				}

				if diff := cmp.Diff(want, keys); diff != "" {
					t.Fatalf("annotations (-want +got):\n%s", diff)
				}
				if n, err := notes.Get("x-opt-sequence-number").Int(); err != nil || n != 1 {
					t.Fatalf("number %d (%v)", n, err)
				}
			})
		})
	}
}
