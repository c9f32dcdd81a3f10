package dsr

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// CheckJSON refuses a message that two readers may understand differently: one with
// duplicate members, invalid UTF-8 or trailing data. encoding/json does not refuse all of
// these. The error is Permanent, ReasonInvalidRequest.
func CheckJSON(body []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	err := d.SkipValue()
	if err == nil {
		_, err = d.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		return Errorf(Permanent, ReasonInvalidRequest, "the message has more than one JSON value")
	}

	if errors.Is(err, jsontext.ErrDuplicateName) {
		return Errorf(Permanent, ReasonInvalidRequest, "a member stands twice, near byte %d", d.InputOffset())
	}

	return Errorf(Permanent, ReasonInvalidRequest, "the message is not JSON in UTF-8: it breaks near byte %d", d.InputOffset())
}
