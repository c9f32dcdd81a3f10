package legible

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"testing/iotest"

	"github.com/Azure/go-amqp"
)

// written is a connection from which a text is read.
type written struct {
	net.Conn
	io.Reader
}

func (w written) Read(p []byte) (int, error) { return w.Reader.Read(p) }

// transfer returns a frame that carries a part of a message.
func transfer(channel uint16, handle byte, more bool, part []byte) []byte {
	last := byte(0x42)
	if more {
		last = 0x41
	}
	body := []byte{0, 0x53, codeTransfer, 0xc0, 8, 6, 0x52, handle, 0x43, 0x40, 0x43, 0x42, last}
	body = append(body, part...)
	frame := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	frame = append(frame, 2, 0)
	frame = binary.BigEndian.AppendUint16(frame, channel)
	return append(frame, body...)
}

// withDecimal returns a message with a property that go-amqp can't decode.
func withDecimal(t *testing.T) []byte {
	t.Helper()
	m := amqp.Message{
		Annotations:           amqp.Annotations{"x-opt-sequence-number": int64(7)},
		ApplicationProperties: map[string]any{"price": uint64(0x1122334455667788)},
		Data:                  [][]byte{[]byte("a body that is longer than a frame is here")},
	}
	b, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Replace(b, []byte{0x80, 0x11, 0x22}, []byte{0x84, 0x11, 0x22}, 1)
}

func TestFramesKeepTheirOrderAndLengths(t *testing.T) {
	m := withDecimal(t)
	idle := []byte{0, 0, 0, 8, 2, 0, 0, 0}
	sasl := []byte{0, 0, 0, 9, 2, 1, 0, 0, 0x40}
	flow := []byte{0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x13, 0x45}
	detach := []byte{0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, codeDetach, 0x45}

	for name, c := range map[string]struct {
		frames  [][]byte
		changes int // messages that are changed
	}{
		"no transfer":                    {[][]byte{[]byte("AMQP\x00\x01\x00\x00"), sasl, idle, flow}, 0},
		"one frame":                      {[][]byte{transfer(0, 1, false, m)}, 1},
		"several frames":                 {[][]byte{transfer(0, 1, true, m[:20]), idle, transfer(0, 1, true, m[20:30]), flow, transfer(0, 1, false, m[30:])}, 1},
		"two links that take turns":      {[][]byte{transfer(0, 1, true, m[:25]), transfer(0, 2, true, m[:9]), transfer(0, 1, false, m[25:]), transfer(0, 2, false, m[9:])}, 2},
		"two channels with one handle":   {[][]byte{transfer(0, 1, true, m[:25]), transfer(1, 1, false, m), transfer(0, 1, false, m[25:])}, 2},
		"a link that ends within":        {[][]byte{transfer(0, 1, true, m[:25]), detach, transfer(0, 2, false, m)}, 1},
		"a message that is no message":   {[][]byte{transfer(0, 1, false, []byte{0xff})}, 0},
		"a frame that no peer may send":  {[][]byte{idle, {0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5}}, 0},
		"a frame without a performative": {[][]byte{{0, 0, 0, 9, 2, 0, 0, 0, 0x00}, idle}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			sent := bytes.Join(c.frames, nil)
			for _, reader := range []io.Reader{bytes.NewReader(sent), iotest.OneByteReader(bytes.NewReader(sent))} {
				got, err := io.ReadAll(Conn(written{Reader: reader}))
				if err != nil {
					t.Fatal(err)
				}
				if len(got) != len(sent) {
					t.Fatalf("%d bytes of %d", len(got), len(sent))
				}

				changed := 0
				for i := range got {
					if got[i] != sent[i] {
						changed++
					}
				}
				if changed != c.changes { // of a decimal the constructor alone
					t.Errorf("%d bytes were changed, want %d", changed, c.changes)
				}
			}
		})
	}
}

// FuzzMakeDecodable changes any bytes. Lengths stay, and a whole message with the broker's
// annotations can be decoded afterwards.
func FuzzMakeDecodable(f *testing.F) {
	f.Add([]byte{0, 0x53, 0x74, 0xc1, 9, 2, 0xa1, 1, 'p', 0x74, 0, 0, 0, 1})
	f.Add([]byte{0, 0x53, 0x77, 0xc1, 3, 2, 0x74, 0x73})
	f.Add([]byte{0, 0, 0, 0})
	f.Add([]byte{0, 0x53, 0x77, 0xe0, 3, 1, 0x94})
	annotations, err := (&amqp.Message{Annotations: amqp.Annotations{"x-opt-sequence-number": int64(7)}}).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, bare []byte) {
		if len(bare) < 8 {
			return
		}
		message := append(bytes.Clone(annotations), bare...)
		makeDecodable(message)
		var m amqp.Message
		if err := m.UnmarshalBinary(message); err != nil {
			t.Fatalf("%x became %x: %v", bare, message, err)
		}
	})
}
