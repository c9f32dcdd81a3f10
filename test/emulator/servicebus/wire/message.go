package wire

import (
	"fmt"
	"math"
)

// Descriptors of message sections (part 3, 3.2).
const (
	codeHeader      = 0x70
	codeDelivery    = 0x71
	codeAnnotations = 0x72
	codeProperties  = 0x73
	codeApplication = 0x74
	codeData        = 0x75
	codeValue       = 0x77
	codeFooter      = 0x78
)

// Header is the section that brokers rewrite on each delivery. Durable and
// Priority stay as they came.
type Header struct {
	Durable, Priority Raw
	TTL               *uint32 // milliseconds
	DeliveryCount     uint32
}

// Message is a message by its sections. Those that a broker doesn't read stay as the
// bytes that came.
type Message struct {
	Header              Header
	DeliveryAnnotations Raw    // an encoded map, or null
	Annotations         Raw    // likewise
	Properties          []byte // the encoded section, or nil
	Application         []byte // likewise: the application properties
	Rest                []byte // body sections and footer
}

// ParseMessage finds the sections of a message, which keeps sharing memory with
// b.
func ParseMessage(b []byte) (Message, error) {
	var m Message
	for len(b) > 0 {
		raw, rest, err := Next(b)
		if err != nil {
			return Message{}, fmt.Errorf("reading a message section: %w", err)
		}
		d, err := raw.Described()
		if err != nil {
			return Message{}, fmt.Errorf("reading a message section: %w", err)
		}
		if d.Code >= codeData {
			m.Rest = b
			return m, checkRest(b)
		}
		if err := m.section(d, raw); err != nil {
			return Message{}, fmt.Errorf("reading message section %#x: %w", d.Code, err)
		}

		b = rest
	}
	return m, nil
}

func (m *Message) section(d Described, raw Raw) (err error) {
	if d.Value.IsNull() {
		return nil // as good as none
	}

	switch d.Code {
	case codeHeader:
		return m.header(d.Value)
	case codeDelivery:
		m.DeliveryAnnotations, err = d.Value, d.Value.checkItems(true)
	case codeAnnotations:
		m.Annotations, err = d.Value, d.Value.checkItems(true)
	case codeProperties:
		m.Properties, err = raw, d.Value.checkItems(false)
	case codeApplication:
		m.Application, err = raw, d.Value.checkItems(true)
	default:
		err = fmt.Errorf("amqp: no such message section")
	}
	return err
}

func (m *Message) header(value Raw) error {
	list, err := value.List()
	if err != nil {
		return err
	}
	f := &fields{list: list}
	m.Header = Header{
		Durable:       f.raw(0),
		Priority:      f.raw(1),
		TTL:           f.optUint32(2),
		DeliveryCount: f.uint32(4, 0),
	}
	return f.err
}

// checkRest makes sure that b holds body sections and footers only.
func checkRest(b []byte) error {
	for len(b) > 0 {
		raw, rest, err := Next(b)
		if err != nil {
			return fmt.Errorf("reading a message's body: %w", err)
		}
		d, err := raw.Described()
		if err != nil || d.Code < codeData || d.Code > codeFooter {
			return fmt.Errorf("reading a message's body: %w", ErrType)
		}
		b = rest
	}
	return nil
}

// Append adds the encoded message to b. The delivery count is written even
// when it is 0: the JavaScript client shows it as undefined otherwise.
func (m *Message) Append(b []byte) []byte {
	b = m.Header.append(b)
	b = appendSection(b, codeDelivery, m.DeliveryAnnotations)
	b = appendSection(b, codeAnnotations, m.Annotations)
	return m.appendBare(b)
}

func (h *Header) append(b []byte) []byte {
	return composite(b, codeHeader, h.Durable, h.Priority, h.TTL, nil, h.DeliveryCount)
}

// appendBare adds what comes behind the annotations.
func (m *Message) appendBare(b []byte) []byte {
	b = append(b, m.Properties...)
	b = append(b, m.Application...)
	return append(b, m.Rest...)
}

func appendSection(b []byte, code uint64, content Raw) []byte {
	if content.IsNull() {
		return b
	}
	return append(Append(append(b, codeDescribed), code), content...)
}

// MaxTTL is the longest time to live that a header can say, in milliseconds.
const MaxTTL = math.MaxUint32
