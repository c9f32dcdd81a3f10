package bus_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"github.com/Azure/go-amqp"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
)

// unknownType is a property's value that stands for one of a type that go-amqp can neither
// write nor read.
type unknownType struct {
	placeholder any
	written     []byte // how go-amqp writes the placeholder
	sent        []byte // what is sent instead
	// keepsNothing is set where only the broker's own annotations can be decoded.
	keepsNothing bool
}

func unknownTypes() map[string]unknownType {
	const mark64, mark32 = uint64(0x1122334455667788), uint32(0x11223344)
	uuid := [16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	value := func(constructor byte, v []byte) []byte { return append([]byte{constructor}, v...) }
	long, short := binary.BigEndian.AppendUint64(nil, mark64), binary.BigEndian.AppendUint32(nil, mark32)
	return map[string]unknownType{
		"a decimal of .NET": {amqp.UUID(uuid), value(0x98, uuid[:]), value(0x94, uuid[:]), false},
		"a decimal64":       {mark64, value(0x80, long), value(0x84, long), false},
		"a decimal32":       {mark32, value(0x70, short), value(0x74, short), false},
		"a char":            {mark32, value(0x70, short), value(0x73, short), false},
		"a type of nobody":  {mark32, value(0x70, short), value(0x7f, short), true},
	}
}

// replacing returns connections that send one text in place of another.
func replacing(u unknownType) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn { return &replacingConn{c, u} }
}

type replacingConn struct {
	net.Conn
	unknownType
}

func (c *replacingConn) Write(p []byte) (int, error) {
	return c.Conn.Write(bytes.ReplaceAll(p, c.written, c.sent))
}

// sendUnknown sends a message with a property of a type that go-amqp does not know.
func (f *fixture) sendUnknown(t *testing.T, to, id string, u unknownType) {
	t.Helper()
	c := f.dial(t, replacing(u))
	s, err := c.NewSender(to, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = s.SendMessage(t.Context(), &azservicebus.Message{
		MessageID:             &id,
		Body:                  []byte(`{"id":"` + id + `"}`),
		ApplicationProperties: map[string]any{"requestId": id, "price": u.placeholder},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// buryAll moves what waits in a queue to its dead-letter queue.
func (f *fixture) buryAll(t *testing.T, queue string) {
	t.Helper()
	if _, err := f.bus.BuryAll(t.Context(), queue); err != nil {
		t.Fatal(err)
	}
}

func TestAMessageThatCannotBeDecodedHidesNoOther(t *testing.T) {
	for name, u := range unknownTypes() {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, f *fixture) {
				send := func(id string) {
					t.Helper()
					m := dsr.Message{ID: id, Body: []byte("{}"), Properties: map[string]any{"requestId": id}}
					if err := f.bus.Send(t.Context(), requests, m); err != nil {
						t.Fatal(err)
					}
				}
				send("a")
				f.sendUnknown(t, requests, "b", u)
				send("c")

				if found, err := f.bus.Holds(t.Context(), requests, "requestId", "c"); !found || err != nil {
					t.Errorf("the message behind it: %t, %v", found, err)
				}
				if at, found, err := f.bus.Oldest(t.Context(), requests); !found || err != nil || at.After(time.Now()) {
					t.Errorf("the oldest: %s, %t, %v", at, found, err)
				}

				f.buryAll(t, requests)
				numbers := deadNumbers(t, f.bus, requests)
				if len(numbers) != 3 {
					t.Fatalf("%v are dead", numbers)
				}
				if err := f.bus.TryListen(t.Context(), bus.DeadLetter(requests)); err != nil {
					t.Errorf("a doctor would find: %v", err)
				}
				checkUndecodable(t, f.bus, numbers[1], u.keepsNothing)

				if done, err := f.bus.Purge(t.Context(), requests, numbers[1:2]); err != nil || !slices.Equal(done, numbers[1:2]) {
					t.Errorf("removed %v, %v", done, err)
				}
				if got := deadNumbers(t, f.bus, requests); !slices.Equal(got, []int64{numbers[0], numbers[2]}) {
					t.Errorf("%v are left of %v", got, numbers)
				}
			})
		})
	}
}

func deadNumbers(t *testing.T, b *bus.Bus, queue string) (numbers []int64) {
	t.Helper()
	for m, err := range b.Dead(t.Context(), queue) {
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, m.SequenceNumber)
	}
	return numbers
}

// checkUndecodable checks what is shown of a dead letter with a property of an unknown
// type, and that one that would lose its body is not sent again.
func checkUndecodable(t *testing.T, b *bus.Bus, number int64, keepsNothing bool) {
	t.Helper()
	for m, err := range b.Dead(t.Context(), requests) {
		if err != nil {
			t.Fatal(err)
		}
		if m.SequenceNumber != number {
			continue
		}

		whole := m.MessageID == "b" && m.Reason == "InvalidRequest" && string(m.Body) == `{"id":"b"}` && m.Properties["requestId"] == "b"
		if replaced := m.Reason == dsr.ReasonUndecodable && bytes.Contains(m.Body, []byte(`{"id":"b"}`)); whole == keepsNothing || replaced != keepsNothing {
			t.Errorf("shown as %+v", m)
		}
	}

	if !keepsNothing {
		return
	}
	if done, err := b.Resubmit(t.Context(), requests, []int64{number}); len(done) > 0 || dsr.ReasonOf(err) != dsr.ReasonUndecodable {
		t.Errorf("sent again: %v, %v", done, err)
	}
}
