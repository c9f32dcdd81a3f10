package azureml

import (
	"encoding/json"
	"time"
)

// createdNames are the members of the planes' documents that say when a thing was made.
var createdNames = []string{"createdTime", "createdAt", "createdUtc", "creationDate", "createdOn"}

// createdSeconds is the member of agents' documents that says so, in seconds since 1970.
const createdSeconds = "created_at"

// CreatedAt returns when a thing was made, as its document says it: at the top, in its
// properties or in ARM's systemData. It returns "" where the document doesn't say so.
func CreatedAt(doc []byte) string {
	var top map[string]json.RawMessage
	if json.Unmarshal(doc, &top) != nil {
		return ""
	}

	var properties, system map[string]json.RawMessage
	_ = json.Unmarshal(top["properties"], &properties) // not every plane has them
	_ = json.Unmarshal(top["systemData"], &system)

	var seconds int64
	if json.Unmarshal(top[createdSeconds], &seconds) == nil && seconds > 0 {
		return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	}

	for _, members := range []map[string]json.RawMessage{top, properties, system} {
		for _, name := range createdNames {
			var text string
			if json.Unmarshal(members[name], &text) == nil && text != "" {
				return text
			}
		}
	}

	return ""
}
