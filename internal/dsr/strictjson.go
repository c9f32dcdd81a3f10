package dsr

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// byteOrderMark begins UTF-8 text that some editors and .NET encoders write. It means
// nothing.
const byteOrderMark = "\ufeff"

// StrictJSON returns the JSON text of a message, without a byte order mark. It refuses
// text that two readers may understand differently: duplicate members, invalid UTF-8 and
// trailing data, of which encoding/json does not refuse all. Of what is no JSON the error
// names the form that it has, as far as that is known, and what the sender should do. The
// error is Permanent, ReasonInvalidRequest.
func StrictJSON(body []byte) ([]byte, error) {
	text := WithoutByteOrderMark(body)
	d := jsontext.NewDecoder(bytes.NewReader(text))
	err := d.SkipValue()
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return nil, notStrict("a member stands twice, near byte %d", d.InputOffset())
	}
	if err != nil {
		return nil, noJSON(body, d.InputOffset())
	}

	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		if endsInZeros(text) {
			return nil, notStrict("bytes of value 0 follow the JSON; send the JSON alone, without the rest of its buffer")
		}
		return nil, notStrict("the message has more than one JSON value")
	}
	if bytes.TrimSpace(text)[0] == '"' {
		return nil, notStrict("the message is a JSON string; send the object itself, encoded once")
	}

	return text, nil
}

// WithoutByteOrderMark returns text without the byte order mark that UTF-8 may begin with.
func WithoutByteOrderMark(text []byte) []byte {
	return bytes.TrimPrefix(text, []byte(byteOrderMark))
}

func endsInZeros(text []byte) bool { return bytes.HasSuffix(text, []byte{0}) }

func notStrict(format string, args ...any) error {
	return Errorf(Permanent, ReasonInvalidRequest, format, args...)
}
