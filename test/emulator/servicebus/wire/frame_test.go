package wire_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/test/emulator/servicebus/wire"
)

func performatives() map[string]wire.Performative {
	failure := &wire.Error{Condition: "amqp:not-found", Description: "no such thing", Info: wire.Map(nil).Set(wire.Symbol("k"), "v")}
	return map[string]wire.Performative{
		"open": &wire.Open{
			ContainerID:  "c",
			Hostname:     "",
			MaxFrameSize: 1000,
			ChannelMax:   7,
			IdleTimeOut:  30000,
		},
		"begin": &wire.Begin{
			RemoteChannel:  new(uint16(3)),
			NextOutgoingID: 1,
			IncomingWindow: 2,
			OutgoingWindow: 3,
			HandleMax:      4,
		},
		"attach": &wire.Attach{
			Name:                 "n",
			Handle:               1,
			Role:                 true,
			SndSettleMode:        wire.Encode(uint8(1)),
			Source:               wire.Encode("s"),
			Target:               wire.Encode("t"),
			InitialDeliveryCount: new(uint32(5)),
		},
		"flow of a session": &wire.Flow{
			NextIncomingID: new(uint32(1)),
			IncomingWindow: 2,
			NextOutgoingID: 3,
			OutgoingWindow: 4,
		},
		"flow of a link": &wire.Flow{
			IncomingWindow: 2,
			Handle:         new(uint32),
			DeliveryCount:  new(uint32(9)),
			LinkCredit:     new(uint32(10)),
			Drain:          true,
			Echo:           true,
		},
		"transfer": &wire.Transfer{
			Handle:        1,
			DeliveryID:    new(uint32(2)),
			DeliveryTag:   []byte("tag"),
			MessageFormat: new(uint32),
			Settled:       true,
			More:          true,
			Payload:       []byte("payload"),
		},
		"disposition": &wire.Disposition{
			Role:    true,
			First:   1,
			Last:    new(uint32(2)),
			Settled: true,
			State:   wire.Accepted(),
		},
		"detach":              &wire.Detach{Handle: 3, Closed: true},
		"detach with error":   &wire.Detach{Handle: 3, Closed: true, Error: failure},
		"end":                 &wire.End{},
		"close with an error": &wire.Close{Error: failure},
		"sasl-init":           &wire.Init{Mechanism: "ANONYMOUS"},
	}
}

func TestPerformativesAreReadBack(t *testing.T) {
	for name, p := range performatives() {
		t.Run(name, func(t *testing.T) {
			var payload []byte
			if tr, ok := p.(*wire.Transfer); ok {
				payload = tr.Payload
			}

			b := wire.AppendFrame(nil, wire.FrameAMQP, 515, p, payload)
			f, err := wire.ReadFrame(iotest.OneByteReader(bytes.NewReader(b)), 1000, new([]byte))
			if err != nil || f.Channel != 515 || f.Type != wire.FrameAMQP {
				t.Fatalf("frame %+v, error %v", f, err)
			}
			got, err := wire.ParseBody(f.Body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(p, got); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func TestAnEmptyFrameIsASignOfLife(t *testing.T) {
	b := wire.AppendFrame(nil, wire.FrameAMQP, 0, nil, nil)
	if !bytes.Equal(b, []byte{0, 0, 0, 8, 2, 0, 0, 0}) {
		t.Fatalf("%x", b)
	}
	if f, err := wire.ReadFrame(bytes.NewReader(b), 512, new([]byte)); err != nil || len(f.Body) != 0 {
		t.Fatalf("frame %+v, error %v", f, err)
	}
}

func TestAnExtendedHeaderIsSkipped(t *testing.T) {
	f, err := wire.ReadFrame(bytes.NewReader([]byte{0, 0, 0, 13, 3, 0, 0, 1, 9, 9, 9, 9, 0x40}), 512, new([]byte))
	if err != nil || !bytes.Equal(f.Body, []byte{0x40}) || f.Channel != 1 {
		t.Fatalf("frame %+v, error %v", f, err)
	}
}

func TestMalformedFramesAreRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"above the limit":       {0, 0, 2, 1, 2, 0, 0, 0},
		"shorter than a header": {0, 0, 0, 7, 2, 0, 0, 0},
		"an offset too small":   {0, 0, 0, 8, 1, 0, 0, 0},
		"an offset too large":   {0, 0, 0, 8, 3, 0, 0, 0},
		"cut in the header":     {0, 0, 0},
		"cut in the body":       {0, 0, 0, 12, 2, 0, 0, 0, 1},
		"cut before the body":   {0, 0, 0, 12, 2, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if f, err := wire.ReadFrame(bytes.NewReader(b), 512, new([]byte)); err == nil || errors.Is(err, io.EOF) {
				t.Fatalf("frame %+v, error %v", f, err)
			}
		})
	}
	if _, err := wire.ReadFrame(bytes.NewReader(nil), 512, new([]byte)); !errors.Is(err, io.EOF) {
		t.Fatalf("the end of a stream is %v", err)
	}
}

func TestMalformedPerformativesAreRefused(t *testing.T) {
	performative := func(code uint64, fields ...any) []byte {
		return wire.Encode(wire.Described{Code: code, Value: wire.Encode(fields)})
	}
	for name, b := range map[string][]byte{
		"nothing described":       wire.Encode("text"),
		"no list":                 wire.Encode(wire.Described{Code: 0x10, Value: wire.Encode("text")}),
		"an unknown descriptor":   performative(0x99),
		"open without a name":     performative(0x10),
		"begin without a number":  performative(0x11, nil),
		"attach without a role":   performative(0x12, "name", uint32(1)),
		"a text for a number":     performative(0x14, "text"),
		"a channel above its max": performative(0x11, uint32(70000), uint32(0)),
		"a number for a text":     performative(0x10, uint32(1)),
		"a number for a boolean":  performative(0x16, uint32(1), uint32(1)),
		"a number for a tag":      performative(0x14, uint32(1), nil, uint32(1)),
		"an error that is none":   performative(0x17, "text"),
		"an error of another kind": performative(0x17,
			wire.Encode(wire.Described{Code: 0x24, Value: wire.Encode([]any{})})),
	} {
		t.Run(name, func(t *testing.T) {
			if p, err := wire.ParseBody(b); err == nil {
				t.Fatalf("it is %+v", p)
			}
		})
	}
}
