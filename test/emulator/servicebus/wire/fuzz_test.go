package wire_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/test/emulator/servicebus/wire"
)

// FuzzReadFrame: no frame makes the reader panic, and what was understood is
// understood again once it is written.
func FuzzReadFrame(f *testing.F) {
	for _, p := range performatives() {
		f.Add(wire.AppendFrame(nil, wire.FrameAMQP, 1, p, nil))
	}

	f.Add([]byte{0, 0, 0, 8, 2, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := wire.ReadFrame(bytes.NewReader(b), 65536, new([]byte))
		if err != nil {
			return
		}
		p, err := wire.ParseBody(frame.Body)
		if err != nil {
			return
		}

		switch p := p.(type) {
		case *wire.Attach:
			_, _ = wire.ParseTerminus(p.Source)
			_, _ = wire.ParseTerminus(p.Target)
		case *wire.Disposition:
			_, _ = wire.ParseOutcome(p.State)
		}

		again := wire.AppendFrame(nil, frame.Type, frame.Channel, p, nil)
		frame, err = wire.ReadFrame(bytes.NewReader(again), 1<<20, new([]byte))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := wire.ParseBody(frame.Body); err != nil {
			t.Fatalf("%x: %v", again, err)
		}
	})
}

// FuzzValue: no bytes make the decoder panic, and a value that was read is read
// the same once it is written.
func FuzzValue(f *testing.F) {
	f.Add([]byte(wire.Encode(wire.Map(nil).Set("k", []any{int64(1), "two", wire.UUID{3}}))))
	f.Add([]byte("\xe0\x04\x02\x50\x01\x02"))
	f.Add([]byte("\x00\x53\x24\x45"))
	f.Add([]byte("\xf0\x00\x00\x00\x05\xff\xff\xff\xff\x40"))
	f.Fuzz(func(t *testing.T, b []byte) {
		raw, _, err := wire.Next(b)
		if err != nil {
			return
		}
		walk(t, raw, 10)
	})
}

func walk(t *testing.T, raw wire.Raw, depth int) {
	v, err := raw.Value()
	if err != nil || depth == 0 {
		return
	}

	switch v := v.(type) {
	case []wire.Raw:
		for _, item := range v {
			walk(t, item, depth-1)
		}

	case wire.Map:
		for _, e := range v {
			walk(t, e.Key, depth-1)
			walk(t, e.Value, depth-1)
		}
		again, err := wire.Encode(v).Value()
		if err != nil || !cmp.Equal(any(v), again) {
			t.Fatalf("%x: %v became %v (%v)", raw, v, again, err)
		}

	case wire.Described:
		walk(t, v.Value, depth-1)
	}
}

// FuzzMessage: no bytes make the message reader panic, and one that was read
// keeps its bare message bit by bit.
func FuzzMessage(f *testing.F) {
	properties, application, rest := odd()
	f.Add(append(append(properties, application...), rest...))
	f.Add(append(section(0x70, []any{true, nil, uint32(5)}), section(0x77, "value")...))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := wire.ParseMessage(b)
		if err != nil {
			return
		}

		_, _ = m.Data()
		_, _ = m.MessageID().Value()
		again, err := wire.ParseMessage(m.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(m.Properties, again.Properties) || !bytes.Equal(m.Application, again.Application) || !bytes.Equal(m.Rest, again.Rest) {
			t.Fatalf("%x became %x", b, again.Append(nil))
		}
	})
}
