package personcopy

import (
	"encoding/json"
	"slices"
	"sync"

	"azureml-dsr/internal/azureml"
)

// unit is what is one person's as a whole: a document, or an element of a list's answer.
type unit struct {
	op     azureml.Operation
	target string
	item   string
	entry  string // name of an element of an item's list
	body   []byte
	// listed reports whether it is an element that another row reads, so that the list only
	// repeats it.
	listed bool
}

// name is what the unit is called in the copy.
func (u unit) name() string {
	if u.entry == "" {
		return u.item
	}
	return u.item + "/" + u.entry
}

// unitsOf returns what a document consists of. Lists have elements of several people.
func unitsOf(d Document, op azureml.Operation) []unit {
	whole := unit{
		op:     withOwners(op),
		target: d.Target,
		item:   d.Item,
		body:   d.Body,
	}
	if !op.IsList() {
		return []unit{whole}
	}
	elements, ok := elementsOf(d.Body)
	if !ok {
		return []unit{whole}
	}

	row := ofElements(op)
	out := make([]unit, len(elements))
	for i, body := range elements {
		out[i] = unit{
			op:     row,
			target: d.Target,
			item:   d.Item,
			body:   body,
			listed: op.Shape == azureml.Children || (op.Shape == azureml.List && !azureml.ListOnly(op.ID)),
		}
		name := nameOf(body, op.Key)
		switch {
		case op.Shape == azureml.ItemList:
			out[i].entry = name
		case name != "":
			out[i].item = name
		}
	}

	return out
}

// elementsOf returns the elements of a list's answer: of a bare array, or of what stands
// around it. ok is false for an answer of another form.
func elementsOf(body []byte) (elements []json.RawMessage, ok bool) {
	if json.Unmarshal(body, &elements) == nil {
		return elements, true
	}
	var around struct{ Value, Data json.RawMessage }
	if json.Unmarshal(body, &around) != nil {
		return nil, false
	}
	for _, inner := range []json.RawMessage{around.Value, around.Data} {
		if json.Unmarshal(inner, &elements) == nil && elements != nil {
			return elements, true
		}
	}
	return nil, false
}

// nameOf returns the member of an element that names it, "" where that is no text.
func nameOf(element []byte, key string) string {
	var members map[string]json.RawMessage
	if key == "" || json.Unmarshal(element, &members) != nil {
		return ""
	}
	var name string
	_ = json.Unmarshal(members[key], &name)
	return name
}

// ofElements returns a list's row with the owners that an element may name: those of the
// row that reads it or, where none does, its own.
func ofElements(op azureml.Operation) azureml.Operation {
	for _, row := range rowsWithOwners() {
		reads := row.Of == op.ID || (op.Shape == azureml.Children && row.Of == op.Of)
		if reads && (row.Shape == azureml.Item || row.Shape == azureml.ItemEntry) {
			op.Owners = row.Owners
			return op
		}
	}
	return withOwners(op)
}

// withOwners returns a row with the places where its documents may name an owner: those of
// the catalogue or, where it has none, wherever the service names whoever made a thing.
func withOwners(op azureml.Operation) azureml.Operation {
	if len(op.Owners) == 0 {
		op.Owners = anyOwner
	}
	return op
}

var anyOwner = []azureml.Owner{
	{Pointer: "/createdBy", Shape: azureml.UserRecord},
	{Pointer: "/entityMetadata/createdBy", Shape: azureml.UserRecord},
	{Pointer: "/runMetadata/createdBy", Shape: azureml.UserRecord},
	{Pointer: "/systemData", Shape: azureml.SystemData},
	{Pointer: "/metadata", Shape: azureml.Metadata},
}

var rowsWithOwners = sync.OnceValue(func() []azureml.Operation {
	return slices.DeleteFunc(azureml.Catalogue(), func(op azureml.Operation) bool { return len(op.Owners) == 0 })
})
