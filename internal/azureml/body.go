package azureml

import (
	"encoding/json"
	"strings"

	"azureml-dsr/internal/dsr"
)

// bodyOf fills in the template of what a call sends by POST. Each placeholder
// becomes a whole JSON value, so no name can change the body's shape.
func bodyOf(call Call) (string, error) {
	token, _ := strings.CutPrefix(call.Cursor, tokenCursor)
	values := map[string]any{"{item}": call.Item, "{cursor}": nil}
	if token != "" {
		values["{cursor}"] = token
	}
	if err := addMembers(values, call.Entry); err != nil {
		return "", dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: what names the entry is not as the service describes it", call.Endpoint.ID)
	}
	var pairs []string
	for mark, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			return "", dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: its body can't be made", call.Endpoint.ID)
		}
		pairs = append(pairs, mark, string(text))
	}
	// One pass: what a value holds is never taken for a placeholder.
	return strings.NewReplacer(pairs...).Replace(call.Endpoint.Body), nil
}

// addMembers adds the members of an entry that is named by an object. Those that
// it doesn't have are null.
func addMembers(values map[string]any, entry string) error {
	values["{entry.name}"], values["{entry.namespace}"] = nil, nil
	if !strings.HasPrefix(entry, "{") {
		return nil
	}
	var members map[string]any
	if err := json.Unmarshal([]byte(entry), &members); err != nil {
		return err
	}
	for name, value := range members {
		values["{entry."+name+"}"] = value
	}
	return nil
}
