package servicebus_test

import (
	"io"
	"net"
	"testing"

	"azureml-dsr/test/emulator/servicebus"
	"azureml-dsr/test/emulator/servicebus/wire"
)

// FuzzConnection: whatever a client says once it is open, the broker neither
// panics nor hangs nor keeps anything, and serves the next client.
func FuzzConnection(f *testing.F) {
	for _, frames := range conversations() {
		f.Add(frames)
	}

	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := servicebus.New(testConfig(t), nil)
		check(t, err)
		say(t, s, b)
		if held := s.Held(); held != 0 {
			t.Fatalf("%d bytes are kept for a client that is gone", held)
		}
		say(t, s, conversations()["sends"])
		check(t, s.Close())
	})
}

// say opens a connection, says b on it, and returns when the broker has let go.
func say(t *testing.T, s *servicebus.Server, b []byte) {
	t.Helper()
	ours, theirs := net.Pipe()
	served := make(chan struct{})
	go func() { s.ServeConn(theirs); close(served) }()
	p := newPeer(t, ours)
	p.open(0)
	read := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, p.r); close(read) }()
	_, _ = ours.Write(b) // the broker may close amid it
	check(t, ours.Close())
	<-served
	<-read
}

// conversations are what well-behaved clients say after open.
func conversations() map[string][]byte {
	frames := func(performatives ...wire.Performative) []byte {
		var b []byte
		for _, p := range append([]wire.Performative{&wire.Begin{IncomingWindow: 100, OutgoingWindow: 100, HandleMax: 10}}, performatives...) {
			var payload []byte
			if tr, ok := p.(*wire.Transfer); ok {
				payload = tr.Payload
			}
			b = wire.AppendFrame(b, wire.FrameAMQP, 0, p, payload)
		}
		return b
	}

	message := (&wire.Message{Rest: wire.Encode(wire.Described{Code: 0x75, Value: wire.Encode([]byte("body"))})}).Append(nil)
	transfer := func(more bool, payload []byte) *wire.Transfer {
		return &wire.Transfer{
			DeliveryID:  new(uint32),
			DeliveryTag: []byte("t"),
			More:        more,
			Payload:     payload,
		}
	}
	credit := &wire.Flow{
		NextIncomingID: new(uint32),
		IncomingWindow: 9,
		Handle:         new(uint32(1)),
		LinkCredit:     new(uint32(5)),
		Drain:          true,
		Echo:           true,
	}
	request := func(operation string, body wire.Map) []byte {
		m := &wire.Message{Properties: wire.Encode(wire.Described{Code: 0x73, Value: wire.Encode([]any{"id", nil, nil, nil, "link"})})}
		m.SetApplicationProperties(wire.Map(nil).Set("operation", "com.microsoft:"+operation))
		m.SetValue(body)
		return m.Append(nil)
	}

	manage := func(operation string, body wire.Map) []byte {
		return frames(attachment("link", 0, wire.RoleSender, "plain/$management"), attachment("link", 1, wire.RoleReceiver, "plain/$management"),
			credit, transfer(false, request(operation, body)), &wire.End{})
	}

	numbers := wire.Map(nil).Set("sequence-numbers", []int64{1})
	tokens := wire.Map(nil).Set("lock-tokens", []any{wire.UUID{1}}).Set("disposition-status", "defered")
	return map[string][]byte{
		"sends":     frames(attachment("link", 0, wire.RoleSender, "plain"), transfer(true, message[:5]), transfer(false, message[5:]), &wire.Detach{Closed: true}, &wire.Close{}),
		"receives":  frames(attachment("link", 0, wire.RoleSender, "plain"), transfer(false, message), attachment("r", 1, wire.RoleReceiver, "plain"), credit, &wire.Disposition{Role: wire.RoleReceiver, State: wire.Accepted()}),
		"rejects":   frames(attachment("link", 0, wire.RoleSender, "back"), transfer(false, message), attachment("r", 1, wire.RoleReceiver, "back"), credit, &wire.Disposition{Role: wire.RoleReceiver, State: wire.Rejected(nil)}),
		"forwards":  frames(attachment("link", 0, wire.RoleSender, "front"), transfer(false, message), &wire.End{}),
		"peeks":     manage("peek-message", wire.Map(nil).Set("from-sequence-number", int64(0)).Set("message-count", int32(9))),
		"schedules": manage("schedule-message", wire.Map(nil).Set("messages", []any{wire.Map(nil).Set("message", message)})),
		"cancels":   manage("cancel-scheduled-message", numbers),
		"asks":      manage("receive-by-sequence-number", numbers.Set("receiver-settle-mode", uint32(1))),
		"settles":   manage("update-disposition", tokens),
		"renews":    manage("renew-lock", tokens),
	}
}
