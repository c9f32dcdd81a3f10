package documenttest

import (
	"encoding/json"

	"azureml-dsr/internal/document"
)

// Finder is a document.Finder of the strings for which it is true once they are decoded.
type Finder func(string) bool

// Find implements document.Finder.
func (f Finder) Find(raw []byte) document.Naming {
	var text string
	if json.Unmarshal(raw, &text) == nil && f(text) {
		return document.Named
	}
	return document.NotNamed
}
