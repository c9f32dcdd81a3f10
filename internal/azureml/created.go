package azureml

import "encoding/json"

// createdNames are the members by which the planes' documents say when a thing
// was made.
var createdNames = []string{"createdTime", "createdAt", "createdUtc", "creationDate", "createdOn"}

// CreatedAt reads when a thing was made, at the top of its document or in its
// properties; "" where it says nothing.
func CreatedAt(doc []byte) string {
	var top map[string]json.RawMessage
	if json.Unmarshal(doc, &top) != nil {
		return ""
	}
	var properties map[string]json.RawMessage
	_ = json.Unmarshal(top["properties"], &properties) // not every plane has them
	for _, members := range []map[string]json.RawMessage{top, properties} {
		for _, name := range createdNames {
			var text string
			if json.Unmarshal(members[name], &text) == nil && text != "" {
				return text
			}
		}
	}
	return ""
}
