package wire

import "fmt"

// Positions in the properties section (part 3, 3.2.4).
const (
	propertyMessageID     = 0
	propertyReplyTo       = 4
	propertyCorrelationID = 5
)

// property returns field i of the properties section.
func (m *Message) property(i int) Raw {
	if m.Properties == nil {
		return nil
	}
	d, err := Raw(m.Properties).Described()
	if err != nil {
		return nil
	}
	v, err := d.Value.item(i)
	if err != nil {
		return nil
	}
	return v
}

// MessageID returns the message id with its type; null if there is none.
func (m *Message) MessageID() Raw { return m.property(propertyMessageID) }

// ReplyTo returns the address that answers go to.
func (m *Message) ReplyTo() string {
	s, err := m.property(propertyReplyTo).Text()
	if err != nil {
		return ""
	}
	return s
}

// SetMessageID replaces the message id and leaves the other properties as they
// are, bit for bit.
func (m *Message) SetMessageID(id any) { m.setProperty(propertyMessageID, id) }

// SetCorrelationID likewise replaces the correlation id.
func (m *Message) SetCorrelationID(id any) { m.setProperty(propertyCorrelationID, id) }

func (m *Message) setProperty(i int, v any) {
	var list []any
	if m.Properties != nil {
		have, err := listOf(m.Properties, codeProperties)
		if err == nil {
			for _, raw := range have {
				list = append(list, raw)
			}
		}
	}

	for len(list) <= i {
		list = append(list, nil)
	}

	list[i] = v
	m.Properties = composite(nil, codeProperties, list...)
}

// ApplicationProperties decodes the application properties, values encoded.
func (m *Message) ApplicationProperties() (Map, error) {
	if m.Application == nil {
		return nil, nil
	}
	d, err := Raw(m.Application).Described()
	if err != nil {
		return nil, fmt.Errorf("reading application properties: %w", err)
	}
	return d.Value.Map()
}

// SetApplicationProperties replaces the application properties.
func (m *Message) SetApplicationProperties(p Map) {
	m.Application = appendSection(nil, codeApplication, Encode(p))
}

// Value returns the body if it is a single value, else null.
func (m *Message) Value() Raw {
	if len(m.Rest) == 0 {
		return nil
	}
	raw, _, err := Next(m.Rest)
	if err != nil {
		return nil
	}
	d, err := raw.Described()
	if err != nil || d.Code != codeValue {
		return nil
	}
	return d.Value
}

// SetValue makes v the body.
func (m *Message) SetValue(v any) {
	m.Rest = Append(nil, Described{Code: codeValue, Value: Encode(v)})
}

// Data returns the contents of the data sections.
func (m *Message) Data() ([][]byte, error) {
	var data [][]byte
	for b := m.Rest; len(b) > 0; {
		raw, rest, err := Next(b)
		if err != nil {
			return nil, fmt.Errorf("reading a data section: %w", err)
		}
		d, err := raw.Described()
		if err != nil {
			return nil, fmt.Errorf("reading a data section: %w", err)
		}

		if d.Code == codeData {
			content, err := d.Value.Bytes()
			if err != nil {
				return nil, fmt.Errorf("reading a data section: %w", err)
			}
			data = append(data, content)
		}

		b = rest
	}
	return data, nil
}
