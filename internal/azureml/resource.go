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
	// List names the items; for a follower it is another type's row.
	List *Operation
	// Item, ItemList and ItemEntry are read for each item, and each entry of it.
	Item, ItemList, ItemEntry *Operation
	// Children is read for each item that List or Children names: it names further
	// ones. A follower has it of the type whose list it hangs on.
	Children *Operation
	// Follows is the type whose list this one hangs on; empty for none.
	Follows string
	// OfSubject is the id of the row that asks for one person's items; empty for
	// a type that holds everybody's.
	OfSubject string
	// DataPlane says that a machine learning workspace's data plane answers.
	DataPlane bool
}

// Resources returns the resource types of the catalogue, outer targets before
// inner ones; at a target its own document comes first, then what it holds.
func Resources() []Resource {
	var out []Resource
	rows := allRows()
	for _, e := range rows {
		seen := slices.ContainsFunc(out, func(r Resource) bool { return r.Type == e.Type })
		if e.Type == "" || seen {
			continue
		}
		if r, ok := resourceOf(rows, e.Type); ok {
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

// ResourceOf derives a resource type from its rows.
func ResourceOf(typ string) (Resource, bool) { return resourceOf(allRows(), typ) }

func resourceOf(rows []Operation, typ string) (Resource, bool) {
	r := Resource{Type: typ}
	found := false
	for _, e := range rows {
		if typ == "" || e.Type != typ || e.Same != "" {
			continue
		}

		found = true
		r.Level, r.DataPlane = e.Level, r.DataPlane || e.Plane == MLWorkspace

		if strings.Contains(e.Path, objectIDMark) {
			r.OfSubject = e.ID
		}

		r.add(rows, e)
	}

	return r, found
}

func (r *Resource) add(rows []Operation, e Operation) {
	switch e.Shape {
	case Document:
		r.Document = &e
	case List:
		r.List = &e
	case Item:
		r.Item = &e
		r.follow(rows, e.Of)
	case Children:
		r.Children = &e
	case ItemList:
		r.ItemList = &e
		r.follow(rows, e.Of)
	case ItemEntry:
		r.ItemEntry = &e
	}
}

// follow borrows the list that another type's row keeps, and what names further
// items of it.
func (r *Resource) follow(rows []Operation, id string) {
	i := slices.IndexFunc(rows, func(e Operation) bool { return e.ID == id })
	if i < 0 || rows[i].Type == r.Type {
		return
	}

	list := rows[i]
	r.List = &list
	r.Follows = list.Type
	if i := slices.IndexFunc(rows, func(e Operation) bool { return e.Shape == Children && e.Of == id }); i >= 0 {
		children := rows[i]
		r.Children = &children
	}
}
