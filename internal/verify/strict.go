package verify

import (
	"bytes"
	stdjson "encoding/json"

	"github.com/go-json-experiment/json"
)

// decode decodes a record strictly. It refuses an unknown member, a member that stands twice
// or in other letters, invalid UTF-8, and anything after the record: a byte that the record
// does not need is a byte that nothing vouches for. The error's text may quote values.
func decode(body []byte, record any) error {
	return json.Unmarshal(body, record, json.RejectUnknownMembers(true))
}

// writtenAs reports whether a record was written as these bytes. Nothing else than this
// vouches for how a value is spelled.
func writtenAs(body []byte, record any) bool {
	written, err := stdjson.Marshal(record)
	return err == nil && bytes.Equal(written, body)
}
