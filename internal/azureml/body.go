package azureml

import (
	"encoding/json"
	"regexp"
	"strings"

	"azureml-dsr/internal/dsr"
)

var bodyMark = regexp.MustCompile(`\{[a-z.]+\}`)

// bodyOf fills in the template of what a call sends by POST. Each placeholder becomes a
// JSON string or null. What fills one is not searched for further ones, so no name can
// change the body's shape.
func bodyOf(call Call) (string, error) {
	var failed error
	body := bodyMark.ReplaceAllStringFunc(call.Operation.Body, func(mark string) string {
		value, err := bodyValue(call, mark)
		if err != nil {
			failed = err
			return ""
		}
		text, _ := json.Marshal(value) // of a string or null, which can't fail
		return string(text)
	})
	return body, failed
}

// bodyValue returns what takes the place of a placeholder; nil is null.
func bodyValue(call Call, mark string) (*string, error) {
	switch mark {
	case "{item}":
		if call.Item == "" {
			return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "%s needs a name for %s", call.Operation.ID, mark)
		}
		return &call.Item, nil

	case "{cursor}":
		token, _ := strings.CutPrefix(call.Cursor, tokenCursor)
		if token == "" {
			return nil, nil
		}
		return &token, nil

	default:
		value, err := memberOf(call.Entry, strings.TrimSuffix(strings.TrimPrefix(mark, "{entry."), "}"))
		if err != nil { // not wrapped: it quotes the entry
			return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: what names the entry is not as the service describes it", call.Operation.ID)
		}
		return value, nil
	}
}

// memberOf returns a member of an entry that is named by an object; nil where it is
// null or missing.
func memberOf(entry, name string) (*string, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(entry), &members); err != nil {
		return nil, err
	}
	raw, ok := members[name]
	if !ok {
		return nil, nil
	}
	var value *string
	err := json.Unmarshal(raw, &value)
	return value, err
}
