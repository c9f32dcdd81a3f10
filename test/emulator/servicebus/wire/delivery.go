package wire

// Notes are the annotations that a broker adds to those of the sender: delivery
// annotations and message annotations.
type Notes struct {
	Delivery, Message []Note
}

// Note is an annotation.
type Note struct {
	Name  Symbol
	Value any
}

// AppendNoted adds the encoded message to b, with notes in front of the sender's
// own annotations. It must have none of the same names.
func (m *Message) AppendNoted(b []byte, notes Notes) []byte {
	b = m.Header.append(b)
	b = appendNoted(b, codeDelivery, notes.Delivery, m.DeliveryAnnotations)
	b = appendNoted(b, codeAnnotations, notes.Message, m.Annotations)
	return m.appendBare(b)
}

func appendNoted(b []byte, code uint64, notes []Note, own Raw) []byte {
	if len(notes) == 0 {
		return appendSection(b, code, own)
	}

	count, content, err := own.open(true)
	if err != nil { // there are none
		count, content = 0, nil
	}

	b = Append(append(b, codeDescribed), code)
	start := len(b)
	b = openItems(b, 0xc1)
	for i := range notes {
		b = Append(appendText(b, 0xa3, notes[i].Name), notes[i].Value)
	}

	return closeItems(append(b, content...), start, count+2*len(notes))
}
