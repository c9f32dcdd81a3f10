package legible

import (
	"bytes"
	"encoding/binary"

	"github.com/Azure/go-amqp"
)

// Sections of a message, by their descriptors.
const (
	sectionHeader      = 0x70
	sectionDelivery    = 0x71
	sectionAnnotations = 0x72
	sectionData        = 0x75
	sectionValue       = 0x77
	sectionFooter      = 0x78
)

// dataHead begins a data section of up to 4 GiB; the length of its bytes follows.
const dataHead = "\x00\x53\x75\xb0"

// Replaced reports whether a body is the encoded rest of a message that could not be
// decoded. It is nothing that a sender has written as a body.
func Replaced(body []byte) bool {
	code, _, ok := describedAt(body, 0)
	return ok && code > sectionAnnotations && code <= sectionFooter
}

// makeDecodable changes an encoded message, or the messages in the answer to a peek, so
// that go-amqp can decode them. Lengths stay.
func makeDecodable(message []byte) {
	if !decodable(message) {
		replace(message)
		return
	}
	for _, inner := range peeked(message) {
		if !decodable(inner) {
			replace(inner)
		}
	}
}

func decodable(message []byte) bool {
	return new(amqp.Message).UnmarshalBinary(message) == nil
}

// replace changes a message that can't be decoded.
func replace(message []byte) {
	whole := bytes.Clone(message)
	for at := 0; at < len(message); {
		end, ok := valueEnd(message, at)
		if !ok {
			break
		}
		exchange(message[at:end], 0)
		at = end
	}
	if decodable(message) {
		return
	}

	annotations, rest := split(message, whole)
	wrap(message, annotations, rest)
}

// exchange replaces the types that go-amqp does not know by others of their length.
func exchange(v []byte, depth int) {
	at := 0
	for v[at] == described {
		end, _ := plainEnd(v, at+1) // v is whole
		exchange(v[at+1:end], depth+1)
		at = end
	}
	v = v[at:]

	if to, unknown := sameLength(v[0]); unknown {
		v[0] = to
		return
	}
	if depth > maxDepth {
		return
	}

	switch v[0] >> 4 {
	case shortArray:
		exchangeElement(v, 3)
	case longArray:
		exchangeElement(v, 9)
	default:
		inner, _ := elements(v)
		for _, e := range inner {
			exchange(e, depth+1)
		}
	}
}

// exchangeElement replaces the one constructor of an array's elements.
func exchangeElement(array []byte, at int) {
	if at >= len(array) {
		return
	}
	if to, unknown := sameLength(array[at]); unknown {
		array[at] = to
	}
}

// sameLength returns the constructor that takes the place of one that go-amqp does not
// know.
func sameLength(constructor byte) (to byte, unknown bool) {
	switch constructor {
	case 0x73, 0x74: // char, decimal32
		return 0x70, true // uint
	case 0x84: // decimal64
		return 0x80, true // ulong
	case 0x94: // decimal128
		return 0x98, true // uuid
	}
	return constructor, false
}

// split returns the message annotations, which the broker has written, from a message, and
// what follows them from the original.
func split(message, original []byte) (annotations, rest []byte) {
	at := 0
	for at < len(message) {
		code, _, ok := describedAt(message, at)
		end, whole := valueEnd(message, at)
		if !ok || !whole || code < sectionHeader || code > sectionAnnotations {
			break
		}
		if section := message[at:end]; code == sectionAnnotations && decodable(section) {
			annotations = bytes.Clone(section)
		}
		at = end
	}
	return annotations, original[at:]
}

// wrap makes a message of the same length that has the annotations and, as its body, the
// rest. What is missing of the length is filled with zeros, and what is too much is cut.
func wrap(message, annotations, rest []byte) {
	if len(message)-len(annotations) < len(dataHead)+4 {
		annotations = nil // there is no room for both
	}
	n := copy(message, annotations)
	if len(message)-n < len(dataHead)+4 {
		return
	}

	n += copy(message[n:], dataHead)
	binary.BigEndian.PutUint32(message[n:], uint32(len(message)-n-4))
	n += 4
	n += copy(message[n:], rest)
	clear(message[n:])
}

// peeked returns the messages in the answer to a peek: a map whose "messages" are a list of
// maps with a binary "message". They share memory with the answer.
func peeked(answer []byte) (messages [][]byte) {
	for at := 0; at < len(answer); {
		code, value, ok := describedAt(answer, at)
		end, whole := valueEnd(answer, at)
		if !ok || !whole {
			return nil
		}
		if code == sectionValue {
			list, _ := elements(member(answer[value:end], "messages"))
			for _, m := range list {
				if raw, ok := content(member(m, "message")); ok {
					messages = append(messages, raw)
				}
			}
		}
		at = end
	}
	return messages
}

// member returns the value of a text key of a map, nil where there is none.
func member(m []byte, name string) []byte {
	pairs, _ := elements(m)
	for i := 0; i+1 < len(pairs); i += 2 {
		if key, ok := content(pairs[i]); ok && string(key) == name {
			return pairs[i+1]
		}
	}
	return nil
}

// content returns the bytes of a text or a binary.
func content(v []byte) (b []byte, ok bool) {
	if len(v) == 0 || (v[0]>>4 != shortVariable && v[0]>>4 != longVariable) {
		return nil, false
	}
	_, head, ok := extent(v)
	return v[head:], ok
}
