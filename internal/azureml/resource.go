package azureml

import (
	"cmp"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// Resource is a resource type: the rows that export it. A row that it doesn't
// have is nil.
type Resource struct {
	// Type is its name in requests, tasks and blob names.
	Type string
	// Level is the kind of target that it lives at.
	Level dsr.Level
	// Document is read once at a target.
	Document *Operation
	// List names the items. That of a follower is another type's row.
	List *Operation
	// Item and ItemList are read for each item, ItemEntry for each entry of an item.
	Item, ItemList, ItemEntry *Operation
	// Children is read for each item that List or Children names, and names further
	// items. That of a follower is another type's row.
	Children *Operation
	// Follows is the type whose list this one hangs on; empty for none.
	Follows string
	// OfSubject is the id of the row that asks for one person's items; empty for
	// a type that holds everybody's.
	OfSubject string
	// DataPlane reports whether a machine learning workspace's data plane answers.
	DataPlane bool
}

// Resources returns the resource types of the catalogue, those of outer targets before
// those of inner ones. Among those of a level, the target's own document comes first.
func Resources() []Resource {
	var out []Resource
	rows := allRows()
	for _, op := range rows {
		seen := slices.ContainsFunc(out, func(r Resource) bool { return r.Type == op.Type })
		if op.Type == "" || seen {
			continue
		}
		if r, ok := resourceOf(rows, op.Type); ok {
			out = append(out, r)
		}
	}

	slices.SortStableFunc(out, func(a, b Resource) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.rank(), b.rank()))
	})

	return out
}

func (r Resource) rank() int {
	if r.Document != nil {
		return 0
	}
	return 1
}

// ResourceOf returns a resource type, derived from its rows; false where no row has it.
func ResourceOf(typ string) (Resource, bool) { return resourceOf(allRows(), typ) }

func resourceOf(rows []Operation, typ string) (Resource, bool) {
	r := Resource{Type: typ}
	found := false
	for _, op := range rows {
		if typ == "" || op.Type != typ || op.Same != "" {
			continue
		}

		found = true
		r.Level, r.DataPlane = op.Level, r.DataPlane || op.Plane == MLWorkspace

		if strings.Contains(op.Path, objectIDMark) {
			r.OfSubject = op.ID
		}

		r.add(rows, op)
	}

	return r, found
}

func (r *Resource) add(rows []Operation, op Operation) {
	switch op.Shape {
	case Document:
		r.Document = &op
	case List:
		r.List = &op
	case Item:
		r.Item = &op
		r.follow(rows, op.Of)
	case Children:
		r.Children = &op
	case ItemList:
		r.ItemList = &op
		r.follow(rows, op.Of)
	case ItemEntry:
		r.ItemEntry = &op
	}
}

// follow takes over the list with an id from another type, and the row that names
// further items of that list.
func (r *Resource) follow(rows []Operation, id string) {
	i := slices.IndexFunc(rows, func(op Operation) bool { return op.ID == id })
	if i < 0 || rows[i].Type == r.Type {
		return
	}

	list := rows[i]
	r.List = &list
	r.Follows = list.Type
	if i := slices.IndexFunc(rows, func(op Operation) bool { return op.Shape == Children && op.Of == id }); i >= 0 {
		children := rows[i]
		r.Children = &children
	}
}
