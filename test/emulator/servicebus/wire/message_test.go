package wire_test

import (
	"bytes"
	"testing"

	"azureml-dsr/test/emulator/servicebus/wire"
)

func section(code uint64, v any) []byte {
	return wire.Encode(wire.Described{Code: code, Value: wire.Encode(v)})
}

// odd is a message in spellings that an encoder of ours would not choose: wide
// descriptors and lengths, a char, a symbol as a property.
func odd() (properties, application, rest []byte) {
	properties = []byte("\x00\x80\x00\x00\x00\x00\x00\x00\x00\x73\xc0\x08\x02\xb1\x00\x00\x00\x01i\x40")
	application = []byte("\x00\x53\x74\xc1\x09\x02\xa3\x01k\x73\x00\x00\x00\x41")
	rest = append(section(0x75, []byte("one")), section(0x75, []byte("two"))...)
	rest = append(rest, section(0x78, wire.Map(nil).Set(wire.Symbol("f"), true))...)
	return properties, application, rest
}

func TestAMessageKeepsTheBytesThatCame(t *testing.T) {
	properties, application, rest := odd()
	var b []byte
	b = append(b, section(0x70, []any{true, uint8(9), uint32(1000), nil, uint32(3)})...)
	b = append(b, section(0x71, wire.Map(nil).Set(wire.Symbol("d"), "x"))...)
	b = append(b, section(0x72, wire.Map(nil).Set(wire.Symbol("a"), "y"))...)
	b = append(append(append(b, properties...), application...), rest...)
	m, err := wire.ParseMessage(b)
	if err != nil {
		t.Fatal(err)
	}
	if *m.Header.TTL != 1000 || m.Header.DeliveryCount != 3 {
		t.Fatalf("header %+v", m.Header)
	}
	if !bytes.Equal(m.Properties, properties) || !bytes.Equal(m.Application, application) || !bytes.Equal(m.Rest, rest) {
		t.Fatalf("sections %x, %x, %x", m.Properties, m.Application, m.Rest)
	}
	if got := m.Append(nil); !bytes.Equal(got, b) {
		t.Fatalf("got  %x\nwant %x", got, b)
	}
	if id, err := m.MessageID().Text(); err != nil || id != "i" {
		t.Fatalf("id %q, error %v", id, err)
	}

	data, err := m.Data()
	if err != nil || len(data) != 2 || string(data[1]) != "two" {
		t.Fatalf("data %q, error %v", data, err)
	}
}

func TestTheDeliveryCountIsWrittenEvenIfItIsZero(t *testing.T) {
	want := section(0x70, []any{nil, nil, nil, nil, uint32(0)})
	if got := (&wire.Message{}).Append(nil); !bytes.Equal(got, want) {
		t.Fatalf("got %x, want %x", got, want)
	}
}

func TestSettingAPropertyKeepsTheOthers(t *testing.T) {
	properties, application, _ := odd()
	m := &wire.Message{Properties: properties, Application: application}
	m.SetMessageID("new")
	m.SetCorrelationID(uint64(7))
	id, err := m.MessageID().Text()
	if err != nil || id != "new" {
		t.Fatalf("id %q, error %v", id, err)
	}
	want := section(0x73, []any{"new", nil, nil, nil, nil, uint64(7)})
	if !bytes.Equal(m.Properties, want) {
		t.Fatalf("got %x, want %x", m.Properties, want)
	}
	p, err := m.ApplicationProperties()
	if err != nil {
		t.Fatal(err)
	}

	m.SetApplicationProperties(p.Set("more", "text"))
	if p, err = m.ApplicationProperties(); err != nil || !bytes.Equal(p.Get("k"), []byte("\x73\x00\x00\x00\x41")) {
		t.Fatalf("the char became %x (%v)", p.Get("k"), err)
	}
}

func TestARequestsPartsAreFound(t *testing.T) {
	m := &wire.Message{Properties: section(0x73, []any{nil, nil, nil, nil, "back"})}
	m.SetValue(wire.Map(nil).Set("k", "v"))
	body, err := m.Value().Map()
	if err != nil || m.ReplyTo() != "back" || body.Get("k").IsNull() {
		t.Fatalf("reply-to %q, body %v (%v)", m.ReplyTo(), body, err)
	}
	empty := &wire.Message{}
	if p, err := empty.ApplicationProperties(); err != nil || p != nil || !empty.Value().IsNull() || empty.ReplyTo() != "" {
		t.Fatalf("an empty message has %v (%v)", p, err)
	}
}

func TestMalformedMessagesAreRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"no section":                       []byte("text"),
		"an undescribed value":             wire.Encode("text"),
		"an unknown section":               section(0x60, []any{}),
		"a header that is no list":         section(0x70, "text"),
		"a time to live that is no number": section(0x70, []any{nil, nil, "text"}),
		"annotations that are no map":      section(0x72, "text"),
		"properties that are no list":      section(0x73, "text"),
		"application properties likewise":  section(0x74, []any{}),
		"a header behind the body":         append(section(0x75, []byte("x")), section(0x70, []any{})...),
		"a body that is cut":               section(0x75, []byte("xxxx"))[:6],
	} {
		t.Run(name, func(t *testing.T) {
			if m, err := wire.ParseMessage(b); err == nil {
				t.Fatalf("it is %+v", m)
			}
		})
	}
}

func TestOutcomesAreRead(t *testing.T) {
	failure := &wire.Error{Condition: "c", Description: "d", Info: wire.Map(nil).Set(wire.Symbol("DeadLetterReason"), "r")}
	o, err := wire.ParseOutcome(wire.Rejected(failure))
	if err != nil || o.Code != wire.CodeRejected || o.Error.Condition != "c" || o.Error.Info.Get("DeadLetterReason") == nil {
		t.Fatalf("outcome %+v, error %v", o, err)
	}
	if o, err = wire.ParseOutcome(wire.Rejected(nil)); err != nil || o.Error != nil {
		t.Fatalf("outcome %+v, error %v", o, err)
	}
	modified := section(0x27, []any{false, true, wire.Map(nil).Set(wire.Symbol("k"), "v")})
	if o, err = wire.ParseOutcome(modified); err != nil || !o.UndeliverableHere || o.Annotations.Get("k") == nil {
		t.Fatalf("outcome %+v, error %v", o, err)
	}

	for _, bad := range []wire.Raw{wire.Encode("x"), section(0x27, []any{nil, "x"}), section(0x25, []any{"x"}), section(0x24, "x"), nil} {
		if o, err := wire.ParseOutcome(bad); err == nil {
			t.Fatalf("%x is %+v", bad, o)
		}
	}
}

func TestEndsOfLinksAreRead(t *testing.T) {
	filter := wire.Map(nil).Set(wire.Symbol("com.microsoft:session-filter"), "a bare string")
	source, err := wire.ParseTerminus(section(0x28, []any{"q", nil, nil, nil, false, nil, nil, filter}))
	if err != nil || source.Address != "q" || source.Filter.Get("com.microsoft:session-filter") == nil {
		t.Fatalf("source %+v, error %v", source, err)
	}
	if target, err := wire.ParseTerminus(section(0x30, []any{})); err != nil || !target.Coordinator {
		t.Fatalf("target %+v, error %v", target, err)
	}
	if none, err := wire.ParseTerminus(nil); err != nil || none.Address != "" {
		t.Fatalf("null is %+v, error %v", none, err)
	}

	for _, bad := range []wire.Raw{wire.Encode("x"), section(0x28, "x"), section(0x29, []any{uint32(1)}), section(0x70, []any{})} {
		if got, err := wire.ParseTerminus(bad); err == nil {
			t.Fatalf("%x is %+v", bad, got)
		}
	}
}

func TestABrokersNotesComeBesideTheSendersOwn(t *testing.T) {
	m := &wire.Message{Annotations: wire.Encode(wire.Map(nil).Set(wire.Symbol("own"), "kept"))}
	b := m.AppendNoted(nil, wire.Notes{
		Delivery: []wire.Note{{Name: "token", Value: wire.UUID{7}}},
		Message:  []wire.Note{{Name: "number", Value: int64(5)}, {Name: "source", Value: "x"}},
	})

	got, err := wire.ParseMessage(b)
	if err != nil {
		t.Fatal(err)
	}
	notes, err := got.Annotations.Map()
	if err != nil || len(notes) != 3 {
		t.Fatalf("annotations %x (%v)", got.Annotations, err)
	}
	number, err := notes.Get("number").Int()
	if err != nil || number != 5 {
		t.Fatalf("number %d (%v)", number, err)
	}
	if own, err := notes.Get("own").Text(); err != nil || own != "kept" {
		t.Fatalf("own %q (%v)", own, err)
	}

	delivery, err := got.DeliveryAnnotations.Map()
	if err != nil || len(delivery) != 1 {
		t.Fatalf("delivery annotations %x (%v)", got.DeliveryAnnotations, err)
	}
	if token, err := delivery.Get("token").UUID(); err != nil || token != (wire.UUID{7}) {
		t.Fatalf("token %x (%v)", token, err)
	}

	var without []byte
	if without = m.AppendNoted(nil, wire.Notes{}); !bytes.Equal(without, m.Append(nil)) {
		t.Fatalf("without notes it is %x", without)
	}
}

func TestASectionThatIsNullIsAsGoodAsNone(t *testing.T) {
	m, err := wire.ParseMessage(section(0x72, nil))
	if err != nil || !m.Annotations.IsNull() {
		t.Fatalf("message %+v, error %v", m, err)
	}
}
